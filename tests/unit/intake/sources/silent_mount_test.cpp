// SPDX-License-Identifier: Apache-2.0
// Logs on mounts of which inotify does not tell: a real one of FUSE, whose files are written to behind it.
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/sources/glob_tail.h"
#include "daemon/intake/sources/mount.h"
#include "tests/support/skip.h"
#include "tests/unit/intake/processes.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr const char* kBindfs = "/usr/bin/bindfs";

std::string_view nothing_special(const std::string&) {
  return {};
}

TEST(Mounts, OfThisHostTell) {
  const LogFolder folder;
  EXPECT_EQ(kind_of_silent_mount(folder / "access.log"), "");
  EXPECT_EQ(kind_of_silent_mount(folder / "none/access.log"), "");
  EXPECT_EQ(kind_of_silent_mount("/proc"), "");
}

class SilentMount : public testing::Test {
 protected:
  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    if (::access(kBindfs, X_OK) != 0 || ::access("/dev/fuse", R_OK) != 0)
      SLUICE_SKIP("no bindfs or no /dev/fuse: scripts/setup installs bindfs");
    std::filesystem::create_directory(folder_ / "real");
    std::filesystem::create_directory(folder_ / "mounted");
    bindfs_.emplace(std::vector<std::string>{kBindfs, "-f", "-o", "attr_timeout=0,entry_timeout=0",
                                             folder_ / "real", folder_ / "mounted"});
    mounted_ = bindfs_->wait_until([this] { return kind_of_silent_mount(folder_ / "mounted") == "FUSE"; });
    ASSERT_TRUE(mounted_);
  }
  void TearDown() override {
    if (!mounted_) return;
    Process({"/bin/umount", "-l", folder_ / "mounted"}).wait();
    bindfs_->wait();
  }

  // Runs the loop until so many lines are there, for ten seconds at most.
  Lines take(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    loop_.restart();
    while (lines_.size() < count && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
    return std::exchange(lines_, {});
  }
  FileTail::LineSink keep() {
    return [this](std::string_view line) { lines_.emplace_back(line); };
  }

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  std::optional<Process> bindfs_;
  bool mounted_ = false;
  Lines lines_;
};

TEST_F(SilentMount, IsLookedAtAgainAndAgain) {
  folder_.append("real/access.log", "old\n");
  TailOptions options{.path = folder_ / "mounted/access.log", .start = Start::end};
  options.poll_every = 10ms;
  auto tail = FileTail::start(loop_.get_executor(), options, keep());
  ASSERT_TRUE(tail) << tail.error().message();
  EXPECT_TRUE(tail->is_polled());
  folder_.append("real/access.log", "one\n");
  EXPECT_THAT(take(1), ElementsAre("one"));
  folder_.append("real/access.log", "two\n");
  folder_.rename("real/access.log", "real/access.log.1");
  folder_.append("real/access.log", "three\n");
  EXPECT_THAT(take(2), ElementsAre("two", "three"));
  folder_.truncate("real/access.log");
  folder_.append("real/access.log", "4\n");
  EXPECT_THAT(take(1), ElementsAre("4"));
  EXPECT_EQ(tail->counters().missed, 0U);
}

TEST_F(SilentMount, OfAnotherKindIsFoundOut) {
  folder_.append("real/access.log", "old\n");
  TailOptions options{.path = folder_ / "mounted/access.log", .start = Start::end};
  options.poll_every = 10ms;
  options.probe_every = 20ms;
  options.silent_mount = &nothing_special;
  auto tail = FileTail::start(loop_.get_executor(), options, keep());
  ASSERT_TRUE(tail);
  loop_.poll();
  EXPECT_FALSE(tail->is_polled());
  folder_.append("real/access.log", "one\n");
  EXPECT_THAT(take(1), ElementsAre("one"));
  EXPECT_TRUE(tail->is_polled());
}

TEST_F(SilentMount, GetsNewFilesThatMatchAPattern) {
  auto files = GlobTail::start(loop_.get_executor(), folder_ / "mounted/*.log", Start::end, {}, keep());
  ASSERT_TRUE(files);
  loop_.poll();
  folder_.append("real/a.log", "one\n");
  EXPECT_THAT(take(1), ElementsAre("one"));
}

class Probed : public testing::Test {
 protected:
  LogFolder folder_;
  boost::asio::io_context loop_{1};
};

TEST_F(Probed, AMountThatTellsIsNotLookedAt) {
  folder_.append("access.log", "old\n");
  TailOptions options{.path = folder_ / "access.log", .start = Start::end};
  options.probe_every = 1ms;
  int lines = 0;
  auto tail = FileTail::start(loop_.get_executor(), options, [&](std::string_view) { ++lines; });
  ASSERT_TRUE(tail);
  for (int i = 0; i < 20; ++i) {
    folder_.append("access.log", "line\nunfinished");
    folder_.append("access.log", "\n");
    loop_.run_one();
  }
  loop_.poll();
  EXPECT_EQ(lines, 40);
  EXPECT_FALSE(tail->is_polled());
}

}  // namespace
}  // namespace sluice::intake
