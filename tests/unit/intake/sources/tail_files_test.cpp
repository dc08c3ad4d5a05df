// SPDX-License-Identifier: Apache-2.0
// Which files a tail reads, and in which order: absent ones, rotations, links, lost events.
#include <filesystem>
#include <fstream>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/sources/tail.h"
#include "tests/support/skip.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class TailFiles : public LogTest {};

TEST_F(TailFiles, WaitsForAFileThatIsAbsent) {
  ASSERT_TRUE(follower_.start(Start::end));
  EXPECT_FALSE(follower_.tail().is_open());
  EXPECT_FALSE(follower_.tail().position().has_value());
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "first\n");
  EXPECT_THAT(follower_.take(), ElementsAre("first"));
  EXPECT_TRUE(follower_.tail().is_open());
}

TEST_F(TailFiles, WaitsForAFolderThatIsAbsent) {
  Follower follower(folder_ / "a/b/access.log");
  ASSERT_TRUE(follower.start(Start::end));
  EXPECT_THAT(follower.take(), IsEmpty());
  std::filesystem::create_directories(folder_ / "a/b");
  folder_.append("a/b/access.log", "first\n");
  EXPECT_THAT(follower.take(), ElementsAre("first"));
  folder_.append("a/b/access.log", "second\n");
  EXPECT_THAT(follower.take(), ElementsAre("second"));
}

TEST_F(TailFiles, FollowsAFolderThatIsRemovedAndMadeAgain) {
  Follower follower(folder_ / "logs/access.log");
  std::filesystem::create_directories(folder_ / "logs");
  folder_.append("logs/access.log", "one\n");
  ASSERT_TRUE(follower.start(Start::beginning));
  EXPECT_THAT(follower.take(), ElementsAre("one"));
  folder_.remove("logs");
  EXPECT_THAT(follower.take(), IsEmpty());
  std::filesystem::create_directories(folder_ / "logs");
  EXPECT_THAT(follower.take(), IsEmpty());
  folder_.append("logs/access.log", "two\n");
  EXPECT_THAT(follower.take(), ElementsAre("two"));
}

TEST_F(TailFiles, FollowsAFolderThatIsReplacedByARename) {
  Follower follower(folder_ / "logs/access.log");
  std::filesystem::create_directories(folder_ / "logs");
  std::filesystem::create_directories(folder_ / "other");
  folder_.append("logs/access.log", "one\n");
  folder_.append("other/access.log", "two\n");
  ASSERT_TRUE(follower.start(Start::beginning));
  EXPECT_THAT(follower.take(), ElementsAre("one"));
  folder_.rename("logs", "gone");
  folder_.rename("other", "logs");
  EXPECT_THAT(follower.take(), ElementsAre("two"));
  folder_.append("logs/access.log", "three\n");
  EXPECT_THAT(follower.take(), ElementsAre("three"));
}

TEST_F(TailFiles, FollowsARename) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.append("access.log", "two\n");
  folder_.rename("access.log", "access.log.1");
  folder_.append("access.log", "three\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three"));
  EXPECT_EQ(follower_.tail().counters().rotations, 1U);
}

TEST_F(TailFiles, ReadsTheOldFileUntilTheServerReopensItsLog) {
  const Appender server(folder_ / "access.log");
  server.write("one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.rename("access.log", "access.log.1");
  const Appender created(folder_ / "access.log");  // by logrotate, before it signals the server
  EXPECT_THAT(follower_.take(), IsEmpty());
  server.write("two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
  server.write("three\n");
  created.write("four\n");
  EXPECT_THAT(follower_.take(), ElementsAre("three", "four"));
}

TEST_F(TailFiles, TakesLinesOfAWorkerThatReopensLate) {
  const Appender late(folder_ / "access.log");
  late.write("one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.rename("access.log", "access.log.1");
  folder_.append("access.log", "two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
  late.write("three\n");
  folder_.append("access.log", "four\n");
  EXPECT_THAT(follower_.take(), UnorderedElementsAre("three", "four"));
}

TEST_F(TailFiles, FindsTheFilesBetweenTwoTurns) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  for (const std::string_view line : {"two\n", "three\n", "four\n"}) {
    folder_.append("access.log", line);
    if (std::filesystem::exists(folder_ / "access.log.2")) folder_.rename("access.log.2", "access.log.3");
    if (std::filesystem::exists(folder_ / "access.log.1")) folder_.rename("access.log.1", "access.log.2");
    folder_.rename("access.log", "access.log.1");
  }
  folder_.append("access.log", "five\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three", "four", "five"));
  EXPECT_EQ(follower_.tail().counters().missed, 0U);
}

TEST_F(TailFiles, CountsAFileThatWentBeforeItCouldBeOpened) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.remove("access.log");
  folder_.append("access.log", "two\n");
  folder_.remove("access.log");
  folder_.append("access.log", "three\n");
  EXPECT_THAT(follower_.take(), ElementsAre("three"));
  EXPECT_EQ(follower_.tail().counters().missed, 1U);
}

TEST_F(TailFiles, FollowsDeletionAndCreation) {
  const Appender server(folder_ / "access.log");
  server.write("one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  server.write("two\n");
  folder_.remove("access.log");
  server.write("three\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three"));
  folder_.append("access.log", "four\n");
  EXPECT_THAT(follower_.take(), ElementsAre("four"));
}

TEST_F(TailFiles, FollowsAFileThatIsRenamedOntoThePath) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.append("new", "two\n");
  folder_.rename("new", "access.log");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
}

TEST_F(TailFiles, AFileRenamedAwayAndBackIsNotReadAgain) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.rename("access.log", "aside");
  folder_.rename("aside", "access.log");
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
}

TEST_F(TailFiles, FollowsASymbolicLink) {
  folder_.append("day1.log", "one\n");
  folder_.append("day2.log", "three\n");
  std::filesystem::create_symlink("day1.log", folder_ / "access.log");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.append("day1.log", "two\n");
  std::filesystem::create_symlink("day2.log", folder_ / "link");
  folder_.rename("link", "access.log");
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three"));
  folder_.append("day2.log", "four\n");
  EXPECT_THAT(follower_.take(), ElementsAre("four"));
}

TEST_F(TailFiles, FollowsARotationBehindASymbolicLink) {
  std::filesystem::create_directories(folder_ / "data");
  folder_.append("data/real.log", "one\n");
  std::filesystem::create_symlink(folder_ / "data/real.log", folder_ / "access.log");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.rename("data/real.log", "data/real.log.1");
  folder_.append("data/real.log", "two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
}

TEST_F(TailFiles, WaitsForTheTargetOfADanglingLink) {
  std::filesystem::create_symlink(folder_ / "data/real.log", folder_ / "access.log");
  ASSERT_TRUE(follower_.start(Start::end));
  EXPECT_THAT(follower_.take(), IsEmpty());
  std::filesystem::create_directories(folder_ / "data");
  folder_.append("data/real.log", "one\n");
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
}

TEST_F(TailFiles, LooksForItsFilesAgainWhenTheKernelLostEvents) {
  folder_.append("access.log", "one\n");
  folder_.set_modified("access.log", 100);
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
  int events = 0;
  ASSERT_TRUE(limit >> events);
  if (events > 200000) SLUICE_SKIP("fs.inotify.max_queued_events is too high to fill the queue");
  // Two names in turn, for equal events in a row are one.
  for (int i = 0; i <= events / 4; ++i) {
    folder_.append("a", "");
    folder_.append("b", "");
    folder_.remove("a");
    folder_.remove("b");
  }
  folder_.rename("access.log", "access.log.2");
  folder_.append("access.log.1", "two\n");
  folder_.append("access.log", "three\n");
  folder_.set_modified("access.log.2", 200);
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three"));
}

}  // namespace
}  // namespace sluice::intake
