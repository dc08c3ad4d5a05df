// SPDX-License-Identifier: Apache-2.0
// A thousand logs at once, and logs where other programs have used up what inotify gives a user. A user
// namespace has limits of its own for inotify: a child of the test runs in one, and nobody else is affected.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/inotify.h"
#include "daemon/intake/sources/glob_tail.h"
#include "tests/support/skip.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using ManyLines = std::vector<std::string>;

std::size_t inotify_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    count += std::filesystem::read_symlink(entry.path(), ignored) == "anon_inode:inotify" ? 1 : 0;
  }
  return count;
}

class ManyFiles : public testing::Test {
 protected:
  Result<GlobTail> start(std::string_view pattern, Start start) {
    return GlobTail::start(loop_.get_executor(), folder_ / pattern, start, left_,
                           [this](std::string_view line) { lines_.emplace_back(line); },
                           {.poll_every = std::chrono::milliseconds(5)});
  }
  ManyLines take() {
    loop_.restart();
    loop_.poll();
    return std::exchange(lines_, {});
  }
  // For files that are looked at again and again: until so many lines are there, for ten seconds at most.
  ManyLines take(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    loop_.restart();
    while (lines_.size() < count && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
    return std::exchange(lines_, {});
  }

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  std::map<std::string, Position> left_;
  ManyLines lines_;
};

TEST_F(ManyFiles, AThousandTakeOneInstance) {
  constexpr std::size_t kHosts = 1000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < 4 * kHosts) SLUICE_SKIP("this process may have too few open files");
  const auto name = [](std::size_t i) { return "host" + std::to_string(i) + ".log"; };
  for (std::size_t i = 0; i < kHosts; ++i)
    folder_.append(name(i), "old\n");
  const std::size_t before = inotify_descriptors();
  auto files = start("*.log", Start::end);
  ASSERT_TRUE(files);
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_EQ(files->files(), kHosts);
  EXPECT_EQ(inotify_descriptors(), before + 1);
  EXPECT_EQ(files->health().followed, kHosts);
  EXPECT_EQ(files->health().polled, 0U);
  // Each is rotated, and gets a line before that and one after it.
  for (std::size_t i = 0; i < kHosts; ++i) {
    folder_.append(name(i), "a" + std::to_string(i) + "\n");
    folder_.rename(name(i), name(i) + ".1");
    folder_.append(name(i), "b" + std::to_string(i) + "\n");
  }
  const ManyLines lines = take();
  EXPECT_EQ(lines.size(), 2 * kHosts);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 2 * kHosts);
  EXPECT_EQ(files->counters().rotations, kHosts);
  EXPECT_EQ(files->files(), kHosts);
  EXPECT_EQ(files->positions().size(), kHosts);
}

TEST_F(ManyFiles, ThoseThatAreNotOpenYetKeepTheirPositions) {
  constexpr std::size_t kHosts = 3 * GlobTail::kFewFiles;
  for (std::size_t i = 0; i < kHosts; ++i)
    folder_.append("host" + std::to_string(i) + ".log", "one\n");
  {
    auto files = start("*.log", Start::beginning);
    ASSERT_TRUE(files);
    EXPECT_EQ(take().size(), kHosts);
    left_ = files->positions();
  }
  for (std::size_t i = 0; i < kHosts; ++i)
    folder_.append("host" + std::to_string(i) + ".log", "two\n");
  auto files = start("*.log", Start::end);
  ASSERT_TRUE(files);
  EXPECT_EQ(files->files(), GlobTail::kFewFiles);
  const auto now = files->positions();
  ASSERT_EQ(now.size(), kHosts);
  for (const auto& [path, position] : now)
    EXPECT_EQ(position.offset, left_.at(path).offset);
  EXPECT_EQ(take(), ManyLines(kHosts, "two"));
}

TEST_F(ManyFiles, FilesThatAreLeftOutAreSaid) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit fewer{300, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &fewer), 0);
  for (std::size_t i = 0; i < 400; ++i)
    folder_.append("host" + std::to_string(i) + ".log", "one\n");
  auto files = start("*.log", Start::beginning);
  ASSERT_TRUE(files);
  const std::size_t lines = take().size();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_GT(lines, 60U);
  EXPECT_LT(lines, (300U - 64) / 2) << "each must have room to be rotated";
  const FilesHealth health = files->health();
  EXPECT_EQ(health.followed, lines);
  EXPECT_EQ(health.refused, 400 - lines);
  EXPECT_THAT(health.refused_because,
              AllOf(HasSubstr("one file too many for this process"), HasSubstr("Too many open files")));
}

// A server that writes a file a day, which is deleted after a month.
TEST_F(ManyFiles, ADeletedFileIsLeftAndItsCountsStay) {
  folder_.append("a.log", "");
  folder_.append("b.log", "");
  auto files = GlobTail::start(loop_.get_executor(), folder_ / "*.log", Start::end, left_,
                               [this](std::string_view line) { lines_.emplace_back(line); },
                               {.look_every = std::chrono::milliseconds(5),
                                .probe_every = std::chrono::milliseconds(2),
                                .hold_deleted = std::chrono::milliseconds(20)});
  ASSERT_TRUE(files);
  folder_.append("a.log", "one\n");
  folder_.append("b.log", "two\n");
  EXPECT_EQ(take().size(), 2U);
  folder_.remove("a.log");
  take();
  const auto visited = [&] {
    std::vector<std::string> paths;
    files->visit_files([&](const std::string& path, std::uint64_t lines) {
      EXPECT_EQ(lines, 1U) << path;
      paths.push_back(path);
    });
    return paths;
  };
  EXPECT_THAT(visited(), ElementsAre(folder_ / "b.log")) << "the other stands nowhere";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  loop_.restart();
  while (files->files() > 1 && std::chrono::steady_clock::now() < end)
    loop_.run_one_until(end);
  EXPECT_EQ(files->files(), 1U);
  EXPECT_EQ(files->counters().lines, 2U);
  folder_.append("a.log", "three\n");
  EXPECT_THAT(take(), ElementsAre("three")) << "one that comes again is another file";
  EXPECT_EQ(files->counters().lines, 3U);
}

TEST_F(ManyFiles, OneThatCannotBeReadNowKeepsItsPosition) {
  SLUICE_SKIP_UNLESS_ROOT();
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  folder_.append("a.log", "one\n");
  {
    auto files = start("*.log", Start::beginning);
    ASSERT_TRUE(files);
    EXPECT_EQ(take().size(), 1U);
    left_ = files->positions();
  }
  folder_.append("a.log", "two\n");
  std::filesystem::permissions(folder_ / "a.log", std::filesystem::perms(0600));
  ASSERT_EQ(setegid(65534) + seteuid(65534), 0);
  auto files = start("*.log", Start::end);
  take();
  const auto positions = files->positions();
  ASSERT_EQ(seteuid(0) + setegid(0), 0);
  EXPECT_EQ(files->health().refused, 1U);
  EXPECT_EQ(positions, left_);
}

// Runs `body` in a child whose user has so many inotify instances and watches. Whether nothing failed there;
// nothing where the system allows no such child.
std::optional<bool> passes_with(int instances, int watches, const std::function<void()>& body) {
  constexpr int kRefused = 77;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(kRefused);
    std::ofstream("/proc/self/uid_map") << "0 " << ::geteuid() << " 1";
    std::ofstream of_instances("/proc/sys/user/max_inotify_instances");
    std::ofstream of_watches("/proc/sys/user/max_inotify_watches");
    if (!(of_instances << instances << std::flush) || !(of_watches << watches << std::flush))
      ::_exit(kRefused);
    body();
    ::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return false;
  if (WEXITSTATUS(status) == kRefused) return std::nullopt;
  return WEXITSTATUS(status) == 0;
}

TEST_F(ManyFiles, WithoutAnInstanceTheyAreLookedAt) {
  folder_.append("a.log", "old\n");
  const auto passed = passes_with(0, 0, [&] {
    auto files = start("*.log", Start::end);
    ASSERT_TRUE(files);
    folder_.append("a.log", "one\n");
    EXPECT_THAT(take(1), ElementsAre("one"));
    folder_.append("b.log", "two\n");
    EXPECT_THAT(take(1), ElementsAre("two"));
    folder_.rename("a.log", "a.log.1");
    folder_.append("a.log", "three\n");
    EXPECT_THAT(take(1), ElementsAre("three"));
    EXPECT_EQ(files->health().polled, 2U);
    EXPECT_THAT(files->health().polled_because, HasSubstr("fs.inotify.max_user_instances"));
  });
  if (!passed) SLUICE_SKIP("no user namespaces here");
  EXPECT_TRUE(*passed);
}

TEST_F(ManyFiles, WithoutWatchesTheyAreLookedAt) {
  const auto passed = passes_with(8, 1, [&] {
    Inotify other(loop_.get_executor());
    ASSERT_TRUE(other.add("/", IN_CREATE));
    TailOptions options{.path = folder_ / "a.log", .start = Start::end};
    options.poll_every = std::chrono::milliseconds(5);
    auto tail = FileTail::start(loop_.get_executor(), options,
                                [this](std::string_view line) { lines_.emplace_back(line); });
    ASSERT_TRUE(tail);
    EXPECT_TRUE(tail->is_polled());
    EXPECT_THAT(tail->health().polled_because, HasSubstr("fs.inotify.max_user_watches"));
    folder_.append("a.log", "one\n");
    EXPECT_THAT(take(1), ElementsAre("one"));
    // The other program leaves.
    std::ofstream("/proc/sys/user/max_inotify_watches") << 100;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (tail->is_polled() && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
    EXPECT_FALSE(tail->is_polled());
    folder_.append("a.log", "two\n");
    EXPECT_THAT(take(), ElementsAre("two"));
  });
  if (!passed) SLUICE_SKIP("no user namespaces here");
  EXPECT_TRUE(*passed);
}

TEST(PatternsOfFiles, PassTheirTestsWithoutAnInstance) {
  const auto passed = passes_with(0, 0, [] {
    ::execl("/proc/self/exe", "unit_intake", "--gtest_filter=Glob.*-Glob.MoreFiles*:Glob.Deleted*",
            "--gtest_brief=1", nullptr);
    ADD_FAILURE();
  });
  if (!passed) SLUICE_SKIP("no user namespaces here");
  EXPECT_TRUE(*passed);
}

TEST_F(ManyFiles, OneThatIsRotatedToAnUnreadableFileIsSaid) {
  SLUICE_SKIP_UNLESS_ROOT();
  folder_.append("dead.log", "one\n");
  folder_.append("live.log", "one\n");
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  auto files = start("*.log", Start::beginning);
  auto single =
      FileTail::start(loop_.get_executor(), {.path = folder_ / "dead.log"}, [](std::string_view) {});
  ASSERT_TRUE(files && single);
  EXPECT_EQ(take().size(), 2U);
  EXPECT_EQ(files->health().refused, 0U);
  folder_.rename("dead.log", "dead.log.1");
  folder_.append("dead.log", "two\n");
  std::filesystem::permissions(folder_ / "dead.log", std::filesystem::perms(0600));
  ASSERT_EQ(setegid(65534) + seteuid(65534), 0);
  folder_.append("live.log", "");
  EXPECT_EQ(take().size(), 0U);
  const FilesHealth of_all = files->health();
  const FilesHealth of_one = single->health();
  ASSERT_EQ(seteuid(0) + setegid(0), 0);
  EXPECT_EQ(of_all.refused, 1U);
  EXPECT_EQ(of_all.followed, 1U);
  EXPECT_EQ(of_one.refused, 1U);
  EXPECT_THAT(of_one.refused_because,
              AllOf(HasSubstr("dead.log"), HasSubstr("Permission denied; let the user")));
  std::filesystem::permissions(folder_ / "dead.log", std::filesystem::perms(0644));
  EXPECT_THAT(take(), ElementsAre("two"));
  EXPECT_EQ(files->health().refused, 0U);
  EXPECT_EQ(single->health().refused, 0U);
}

}  // namespace
}  // namespace sluice::intake
