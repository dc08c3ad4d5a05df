// SPDX-License-Identifier: Apache-2.0
// Files and folders as they are changed by editors, scripts and configuration management, on a real file
// system.
#include "daemon/lists/sync/file_watch.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/unique_fd.h"

namespace sluice::lists {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string pattern = testing::TempDir() + "file_watch_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~FileWatchTest() override { fs::remove_all(folder_); }
  FileWatchTest(const FileWatchTest&) = delete;
  FileWatchTest& operator=(const FileWatchTest&) = delete;

  [[nodiscard]] std::string at(const std::string& name) const { return folder_ + "/" + name; }
  static void write(const std::string& path, const std::string& text = "192.0.2.1\n") {
    std::ofstream(path) << text;
  }
  void watch(const std::vector<std::string>& sources) {
    auto watch =
        FileWatch::start(io_.get_executor(), sources,
                         [this](const std::vector<std::string>& changed) { changed_.push_back(changed); });
    ASSERT_TRUE(watch) << watch.error().message();
    watch_.emplace(*std::move(watch));
  }
  // What was told next; nothing where that takes longer than anybody would wait.
  std::vector<std::string> next() {
    changed_.clear();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (changed_.empty() && std::chrono::steady_clock::now() < end)
      io_.run_one_until(end);
    return changed_.empty() ? std::vector<std::string>() : changed_.front();
  }

  std::string folder_;
  boost::asio::io_context io_;
  std::vector<std::vector<std::string>> changed_;
  std::optional<FileWatch> watch_;
};

TEST_F(FileWatchTest, TellsOfAFileThatIsRenamedOverOrWrittenInPlace) {
  write(at("a"));
  write(at("b"));
  watch({at("a"), at("b")});
  write(at("a.new"), "192.0.2.2\n");
  fs::rename(at("a.new"), at("a"));
  EXPECT_THAT(next(), ElementsAre(at("a")));
  write(at("b"), "192.0.2.22\n");
  EXPECT_THAT(next(), ElementsAre(at("b")));
}

TEST_F(FileWatchTest, WaitsUntilTheWriterHasClosedTheFile) {
  write(at("a"));
  write(at("b"));
  watch({at("a"), at("b")});
  UniqueFd half(::open(at("a").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  ASSERT_EQ(::write(half.get(), "192.0", 5), 5);
  // Nothing has come of it yet that could be waited for.
  EXPECT_EQ(io_.poll(), 0U);
  half = UniqueFd();
  EXPECT_THAT(next(), ElementsAre(at("a")));
}

TEST_F(FileWatchTest, TellsOfAFileThatVanishesAndReturns) {
  write(at("a"));
  watch({at("a")});
  fs::remove(at("a"));
  EXPECT_THAT(next(), ElementsAre(at("a")));
  write(at("a"));
  EXPECT_THAT(next(), ElementsAre(at("a")));
}

TEST_F(FileWatchTest, TellsOfWhatIsAddedToAFolderAndNotOfWhatEditorsLeaveThere) {
  fs::create_directory(at("lists"));
  write(at("lists/one"));
  write(at("other"));
  watch({at("lists"), at("other")});
  write(at("lists/two"));
  EXPECT_THAT(next(), ElementsAre(at("lists")));
  write(at("lists/.two.swp"));
  write(at("lists/two~"));
  write(at("beside"));
  write(at("other"), "192.0.2.9\n");
  EXPECT_THAT(next(), ElementsAre(at("other")));
  fs::remove(at("lists/one"));
  EXPECT_THAT(next(), ElementsAre(at("lists")));
}

TEST_F(FileWatchTest, FollowsLinksAndFoldersThatAreExchanged) {
  fs::create_directories(at("v1"));
  fs::create_directories(at("v2"));
  write(at("v1/list"), "192.0.2.1\n");
  write(at("v2/list"), "192.0.2.2\n");
  fs::create_directory_symlink("v1", at("now"));
  watch({at("now/list")});
  write(at("v1/list"), "192.0.2.3\n");
  EXPECT_THAT(next(), ElementsAre(at("now/list")));
  fs::create_directory_symlink("v2", at("next"));
  fs::rename(at("next"), at("now"));
  EXPECT_THAT(next(), ElementsAre(at("now/list")));
  write(at("v2/list"), "192.0.2.44\n");
  EXPECT_THAT(next(), ElementsAre(at("now/list")));
}

TEST_F(FileWatchTest, WaitsForAFolderThatIsNotThereYet) {
  watch({at("later/list")});
  fs::create_directory(at("later"));
  write(at("later/list"));
  EXPECT_THAT(next(), ElementsAre(at("later/list")));
}

TEST_F(FileWatchTest, TellsTogetherWhatComesTogether) {
  std::vector<std::string> sources;
  for (int i = 0; i < 20; ++i) {
    sources.push_back(at("list" + std::to_string(100 + i)));
    write(sources.back());
  }
  watch(sources);
  for (const std::string& source : sources)
    write(source, "192.0.2.200\n");
  EXPECT_EQ(next(), sources);
}

TEST_F(FileWatchTest, SaysNothingOnceItIsGone) {
  write(at("a"));
  watch({at("a")});
  write(at("a"), "192.0.2.7\n");
  watch_.reset();
  io_.run();
  EXPECT_THAT(changed_, IsEmpty());
}

TEST_F(FileWatchTest, KnowsWhatWasChangedSince) {
  write(at("a"));
  EXPECT_TRUE(changed_since(at("a"), wall_now() - std::chrono::seconds(10)));
  EXPECT_FALSE(changed_since(at("a"), wall_now() + std::chrono::seconds(10)));
  EXPECT_FALSE(changed_since(at("none"), wall_now() - std::chrono::seconds(10)));
}

}  // namespace
}  // namespace sluice::lists
