// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/tail.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/skip.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Tail : public LogTest {};

TEST_F(Tail, DeliversWhatIsAppended) {
  folder_.append("access.log", "old\n");
  ASSERT_TRUE(follower_.start(Start::end));
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "one\ntwo\n");
  EXPECT_THAT(follower_.take(), ElementsAre("one", "two"));
  folder_.append("access.log", "\nthree\n");
  EXPECT_THAT(follower_.take(), ElementsAre("", "three"));
}

TEST_F(Tail, StartsAtTheBeginningWhenTold) {
  folder_.append("access.log", "old\nolder\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("old", "older"));
}

TEST_F(Tail, StartingAtTheEndTakesTheLineThatIsBeingWritten) {
  folder_.append("access.log", "old\nhal");
  ASSERT_TRUE(follower_.start(Start::end));
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "f\n");
  EXPECT_THAT(follower_.take(), ElementsAre("half"));
}

TEST_F(Tail, StartingInsideAnEndlessLinePassesOverIt) {
  folder_.append("access.log", std::string(3 * kMaxLineBytes, 'x'));
  ASSERT_TRUE(follower_.start(Start::end));
  folder_.append("access.log", "xx\nnext\n");
  EXPECT_THAT(follower_.take(), ElementsAre("next"));
}

TEST_F(Tail, KeepsAnUnfinishedLineUntilItsNewlineComes) {
  ASSERT_TRUE(follower_.start(Start::end));
  for (const char c : std::string_view("whole")) {
    folder_.append("access.log", std::string(1, c));
    EXPECT_THAT(follower_.take(), IsEmpty());
  }
  EXPECT_EQ(follower_.tail().position()->offset, 0U);
  folder_.append("access.log", "\n");
  EXPECT_THAT(follower_.take(), ElementsAre("whole"));
  EXPECT_EQ(follower_.tail().position()->offset, 6U);
}

TEST_F(Tail, DeliversBinaryAndCutsEndlessLines) {
  const std::string binary("\0\xff\x80\r\x1b[2J", 8);
  ASSERT_TRUE(follower_.start(Start::end));
  folder_.append("access.log", binary + "\n" + std::string(5 * kMaxLineBytes, 'y') + "\nafter\n");
  const auto lines = follower_.take();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], binary);
  EXPECT_LE(lines[1].size(), kMaxLineBytes);
  EXPECT_GE(lines[1].size(), kMaxLineBytes / 2);
  EXPECT_EQ(lines[2], "after");
  EXPECT_EQ(follower_.tail().counters().shortened, 1U);
}

TEST_F(Tail, GoesOnFromAPosition) {
  folder_.append("access.log", "one\ntwo\nhal");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one", "two"));
  const auto position = follower_.stop();
  folder_.append("access.log", "f\nthree\n");
  ASSERT_TRUE(follower_.start(Start::end, position));
  EXPECT_THAT(follower_.take(), ElementsAre("half", "three"));
}

TEST(Position, IsReadBack) {
  const Position position{1, UINT64_MAX, 3, 256, 5};
  EXPECT_EQ(to_string(position), "1 18446744073709551615 3 256 5");
  EXPECT_EQ(parse_position(to_string(position)).value(), position);
  Position with_last = position;
  with_last.last = {6, 7};
  EXPECT_EQ(to_string(with_last), "1 18446744073709551615 3 256 5 6 7");
  EXPECT_EQ(parse_position(to_string(with_last)).value(), with_last);
  Position journal;
  journal.cursor = "s=1;i=2";
  EXPECT_EQ(parse_position(to_string(journal)).value(), journal);
  for (const std::string_view text :
       {"", "cursor ", "1 2 3 4", "1 2 3 4 5 ", "1 2 3 4 5 6", "1 2 3 4 5 6 7 8", "1  2 3 4 5", "1 2 3 257 5",
        "1 2 -3 4 5", "1 18446744073709551616 3 4 5", "a 2 3 4 5"}) {
    EXPECT_FALSE(parse_position(text)) << text;
  }
}

TEST_F(Tail, GoesOnThroughRotationsThatItMissed) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  const auto position = follower_.stop();
  folder_.append("access.log", "two\n");
  folder_.rename("access.log", "access.log.2");
  folder_.append("access.log.1", "three\n");
  folder_.append("access.log", "four\n");
  folder_.append("access.log.3", "before\n");
  folder_.append("access.log.1.gz", "compressed\n");
  folder_.set_modified("access.log.3", 100);
  folder_.set_modified("access.log.2", 200);
  folder_.set_modified("access.log.1", 300);
  ASSERT_TRUE(follower_.start(Start::end, position));
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three", "four"));
}

TEST_F(Tail, GoesOnInACopyWhenItMissedTheTruncation) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  const auto position = follower_.stop();
  folder_.append("access.log", "two\n");
  folder_.copy("access.log", "access.log.1");
  folder_.truncate("access.log");
  folder_.append("access.log", "three is longer than what was there\n");
  ASSERT_TRUE(follower_.start(Start::end, position));
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three is longer than what was there"));
}

TEST_F(Tail, CountsALossWhenTheFileOfThePositionIsGone) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  const auto position = follower_.stop();
  folder_.remove("access.log");
  folder_.append("access.log", "two\n");
  ASSERT_TRUE(follower_.start(Start::end, position));
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
  EXPECT_EQ(follower_.tail().counters().missed, 1U);
}

TEST_F(Tail, AfterACrashTheLinesSinceTheSavedPositionComeAgain) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  const auto saved = follower_.tail().position();
  folder_.append("access.log", "two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
  follower_.stop();
  folder_.append("access.log", "three\n");
  ASSERT_TRUE(follower_.start(Start::end, saved));
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three"));
}

TEST_F(Tail, WithinTheSinkTheLineInHandIsNotYetDelivered) {
  folder_.append("access.log", "one\ntwo\n");
  std::optional<FileTail> tail;
  std::vector<std::uint64_t> offsets;
  auto started =
      FileTail::start(follower_.loop().get_executor(), {folder_ / "access.log", Start::beginning, {}},
                      [&](std::string_view) { offsets.push_back(tail->position()->offset); });
  ASSERT_TRUE(started);
  tail = std::move(*started);
  follower_.poll();
  EXPECT_THAT(offsets, ElementsAre(0U, 4U));
  EXPECT_EQ(tail->position()->offset, 8U);
}

TEST_F(Tail, ABacklogYieldsToTheLoop) {
  const std::string line(999, 'z');
  std::string text;
  for (int i = 0; i < 10000; ++i)
    text += line + "\n";
  folder_.append("access.log", text);
  ASSERT_TRUE(follower_.start(Start::beginning));
  // Each turn of the loop takes a bounded part; whatever else is ready runs in between.
  int turns = 0;
  std::uint64_t before = 0;
  while (before < text.size()) {
    ASSERT_EQ(follower_.loop().poll_one(), 1U);
    const std::uint64_t after = follower_.tail().position()->offset;
    // A turn may belong to inotify instead, which tells of the lines above; that is soon over.
    ASSERT_GE(after, before);
    ASSERT_LE(after - before, std::uint64_t{320} * 1024);
    before = after;
    ASSERT_LE(++turns, 1000);
  }
  EXPECT_GE(turns, 30);
  EXPECT_EQ(follower_.take().size(), 10000U);
}

TEST_F(Tail, NothingIsDeliveredAfterTheEnd) {
  ASSERT_TRUE(follower_.start(Start::end));
  follower_.poll();
  folder_.append("access.log", "one\n");
  follower_.stop();
  EXPECT_THAT(follower_.take(), IsEmpty());
}

TEST_F(Tail, AnUnfinishedLineOfARotatedFileIsCounted) {
  folder_.append("access.log", "one\ncut o");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  for (int i = 0; i < 2; ++i) {
    folder_.rename("access.log", "access.log." + std::to_string(2 - i));
    folder_.append("access.log", "next\n");
    EXPECT_THAT(follower_.take(), ElementsAre("next"));
  }
  EXPECT_EQ(follower_.tail().counters().unfinished, 1U);
}

TEST_F(Tail, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo((folder_ / "access.log").c_str(), 0600), 0);
  const auto started = follower_.start(Start::end);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message(),
              HasSubstr("access.log: not a regular file; let the web server write"));
}

// What the files of another user look like to the daemon's.
class AsNobody {
 public:
  AsNobody() : changed_(setegid(65534) == 0 && seteuid(65534) == 0) {}
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (seteuid(0) != 0 || setegid(0) != 0) std::abort();
  }
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  bool changed_;
};

TEST_F(Tail, SaysHowToGetPermission) {
  SLUICE_SKIP_UNLESS_ROOT();
  folder_.append("access.log", "one\n");
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  std::filesystem::permissions(folder_ / "access.log", std::filesystem::perms(0640));
  {
    const AsNobody nobody;
    ASSERT_TRUE(nobody.changed());
    const auto started = follower_.start(Start::end);
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().message(),
                HasSubstr("Permission denied; add the user nobody to the group root "
                          "(usermod -aG root nobody)"));
  }
  std::filesystem::permissions(folder_ / "access.log", std::filesystem::perms(0600));
  const AsNobody nobody;
  const auto started = follower_.start(Start::end);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message(), HasSubstr("Permission denied; let the user nobody read it"));
}

TEST_F(Tail, TakesAFileOnceItBecomesReadable) {
  SLUICE_SKIP_UNLESS_ROOT();
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  folder_.append("access.log", "one\n");
  {
    const AsNobody nobody;
    ASSERT_TRUE(nobody.changed());
    std::filesystem::path path = folder_ / "access.log";
    ASSERT_TRUE(follower_.start(Start::beginning));
    EXPECT_THAT(follower_.take(), ElementsAre("one"));
  }
  folder_.rename("access.log", "access.log.1");
  std::ofstream(folder_ / "access.log") << "two\n";
  std::filesystem::permissions(folder_ / "access.log", std::filesystem::perms(0600));
  {
    const AsNobody nobody;
    EXPECT_THAT(follower_.take(), IsEmpty());
  }
  std::filesystem::permissions(folder_ / "access.log", std::filesystem::perms(0644));
  const AsNobody nobody;
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
}

std::size_t descriptors_of_deleted(const std::string& path) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    count += std::filesystem::read_symlink(entry.path(), ignored) == path + " (deleted)" ? 1 : 0;
  }
  return count;
}

// An hour's log of a busy server is gigabytes, and compressing it would free no byte.
TEST_F(Tail, ADeletedFileGivesItsRoomOnTheDiskBack) {
  boost::asio::io_context loop{1};
  std::vector<std::string> lines;
  folder_.append("access.log", "");
  auto tail = FileTail::start(loop.get_executor(),
                              {.path = folder_ / "access.log",
                               .start = Start::end,
                               .probe_every = std::chrono::milliseconds(2),
                               .hold_deleted = std::chrono::milliseconds(20)},
                              [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_TRUE(tail);
  const Appender server(folder_ / "access.log");
  server.write("one\n");
  loop.poll();
  folder_.rename("access.log", "access.log.1");
  folder_.append("access.log", "two\n");
  loop.restart();
  loop.poll();
  folder_.remove("access.log.1");  // compressed
  // The old worker goes on writing: what it writes is read though the file has no name.
  server.write("late\n");
  loop.restart();
  loop.poll();
  EXPECT_THAT(lines, ElementsAre("one", "two", "late"));
  const std::string old = folder_ / "access.log.1";
  EXPECT_EQ(descriptors_of_deleted(old), 2U) << "the server's and the tail's";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  loop.restart();
  while (descriptors_of_deleted(old) > 1 && std::chrono::steady_clock::now() < end)
    loop.run_one_until(end);
  EXPECT_EQ(descriptors_of_deleted(old), 1U);
  folder_.append("access.log", "three\n");
  loop.restart();
  loop.poll();
  EXPECT_EQ(lines.back(), "three");
}

TEST_F(Tail, AFileThatOpensAndCannotBeReadIsSaid) {
  Follower follower("/proc/self/mem");  // whose first page is nobody's
  ASSERT_TRUE(follower.start(Start::beginning));
  follower.poll();
  const FilesHealth health = follower.tail().health();
  EXPECT_EQ(health.refused, 1U);
  EXPECT_EQ(health.followed, 0U);
  EXPECT_THAT(health.refused_because, HasSubstr("Input/output error"));
}

TEST_F(Tail, AFileForWhichMemoryRanOutIsReadAgain) {
  boost::asio::io_context loop{1};
  std::vector<std::string> lines;
  folder_.append("access.log", "one\ntwo\nthree\n");
  int refusals = 2;
  auto tail = FileTail::start(loop.get_executor(),
                              {.path = folder_ / "access.log",
                               .start = Start::beginning,
                               .probe_every = std::chrono::milliseconds(2)},
                              [&](std::string_view line) {
                                if (line == "two" && refusals-- > 0) throw std::bad_alloc();
                                lines.emplace_back(line);
                              });
  ASSERT_TRUE(tail);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (lines.size() < 3 && std::chrono::steady_clock::now() < end)
    loop.run_one_until(end);
  EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
}

}  // namespace
}  // namespace sluice::intake
