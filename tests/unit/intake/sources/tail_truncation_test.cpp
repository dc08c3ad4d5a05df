// SPDX-License-Identifier: Apache-2.0
// A log that is cut in place, and copied before.
#include <cstddef>
#include <deque>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/sources/tail.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TailTruncation : public LogTest {};

TEST_F(TailTruncation, FollowsCopyAndTruncate) {
  folder_.append("access.log", "the first line\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("the first line"));
  folder_.copy("access.log", "access.log.1");
  folder_.truncate("access.log");
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "two\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two"));
  EXPECT_EQ(follower_.tail().counters().truncations, 1U);
}

TEST_F(TailTruncation, ReadsFromTheCopyWhatTheTruncationTook) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.append("access.log", "two\nthree\n");
  folder_.copy("access.log", "access.log.1");
  folder_.truncate("access.log");
  folder_.append("access.log", "four\n");
  EXPECT_THAT(follower_.take(), ElementsAre("two", "three", "four"));
  folder_.append("access.log", "five\n");
  EXPECT_THAT(follower_.take(), ElementsAre("five"));
}

TEST_F(TailTruncation, TakesNoCopyOfAnEarlierContentForThatOfOneThatBeginsAlike) {
  folder_.append("access.log", "alike\ntwo\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("alike", "two"));
  folder_.copy("access.log", "access.log.1");
  folder_.truncate("access.log");
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "alike\n");
  EXPECT_THAT(follower_.take(), ElementsAre("alike"));
  folder_.rename("access.log.1", "access.log.2");
  folder_.append("access.log", "three\n");
  folder_.copy("access.log", "access.log.1");
  folder_.truncate("access.log");
  EXPECT_THAT(follower_.take(), ElementsAre("three"));
  folder_.append("access.log", "alike\n");
  EXPECT_THAT(follower_.take(), ElementsAre("alike"));
}

TEST_F(TailTruncation, SeesATruncationThoughTheFileHasGrownBeyondItsOffset) {
  folder_.append("access.log", "one\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_THAT(follower_.take(), ElementsAre("one"));
  folder_.truncate("access.log");
  folder_.append("access.log", "a much longer line\nand another\n");
  EXPECT_THAT(follower_.take(), ElementsAre("a much longer line", "and another"));
}

// Tools that keep the last lines of a log write them to the same file, and every time all of them came again.
TEST_F(TailTruncation, DoesNotReadAgainWhatATrimKeeps) {
  constexpr int kLines = 160;
  std::deque<std::string> kept;
  int written = 0;
  const auto write = [&](int lines) {
    for (int i = 0; i < lines; ++i) {
      kept.push_back("192.0.2.7 - - \"GET /people/" + std::to_string(written++) + "\"");
      folder_.append("access.log", kept.back() + "\n");
    }
  };
  ASSERT_TRUE(follower_.start(Start::beginning));
  write(kLines);
  EXPECT_EQ(follower_.take().size(), std::size_t{kLines});
  for (int round = 0; round < 26; ++round) {
    const int fresh = round % 3;
    write(fresh);
    while (kept.size() > static_cast<std::size_t>(kLines - round))
      kept.pop_front();
    folder_.truncate("access.log");
    if (round % 2 == 0) follower_.poll();  // between the truncation and the writing
    std::string text;
    for (const std::string& line : kept)
      text += line + "\n";
    folder_.append("access.log", text.substr(0, text.size() / 2));
    if (round % 4 == 0) {
      EXPECT_THAT(follower_.take(), IsEmpty()) << "round " << round;
    }
    folder_.append("access.log", text.substr(text.size() / 2));
    const auto lines = follower_.take();
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(fresh)) << "round " << round << ": " << lines.front();
  }
  write(2);
  EXPECT_EQ(follower_.take().size(), 2U);
}

TEST_F(TailTruncation, DoesNotReadAgainWhatATrimPutsInThePlaceOfTheFile) {
  folder_.append("access.log", "one\ntwo\nthree\nfour\n");
  ASSERT_TRUE(follower_.start(Start::end));
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "five\n");
  folder_.append("new", "three\nfour\nfive\nsix\n");
  folder_.rename("new", "access.log");
  EXPECT_THAT(follower_.take(), ElementsAre("five", "six"));
  folder_.append("access.log", "seven\n");
  EXPECT_THAT(follower_.take(), ElementsAre("seven"));
}

TEST_F(TailTruncation, DoesNotReadAgainWhatATrimLeftWhileItWasStopped) {
  folder_.append("access.log", "one\ntwo\nthree\nfour\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_EQ(follower_.take().size(), 4U);
  const auto position = parse_position(to_string(*follower_.stop())).value();
  folder_.append("access.log", "five\n");
  folder_.truncate("access.log");
  folder_.append("access.log", "three\nfour\nfive\n");
  ASSERT_TRUE(follower_.start(Start::beginning, position));
  EXPECT_THAT(follower_.take(), ElementsAre("five"));
  EXPECT_EQ(follower_.tail().counters().missed, 0U);
}

TEST_F(TailTruncation, ATrimMayLeaveLinesOutAndKeepOne) {
  folder_.append("access.log", "one\ntwo\nthree\nfour\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_EQ(follower_.take().size(), 4U);
  folder_.truncate("access.log");
  folder_.append("access.log", "one\nthree\nfive\n");
  EXPECT_THAT(follower_.take(), ElementsAre("five"));
  folder_.truncate("access.log");
  folder_.append("access.log", "five\n");
  EXPECT_THAT(follower_.take(), IsEmpty());
  folder_.append("access.log", "six\n");
  EXPECT_THAT(follower_.take(), ElementsAre("six"));
}

TEST_F(TailTruncation, AFloodOfTheSameLineIsDeliveredBehindATruncation) {
  const auto flood = [&](int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i)
      text += "the same\n";
    folder_.append("access.log", text);
  };
  folder_.append("access.log", "first\n");
  flood(10);
  folder_.append("access.log", "last\n");
  ASSERT_TRUE(follower_.start(Start::beginning));
  EXPECT_EQ(follower_.take().size(), 12U);
  folder_.truncate("access.log");
  flood(5);
  EXPECT_EQ(follower_.take().size(), 5U);
  flood(5);
  EXPECT_EQ(follower_.take().size(), 5U);
}

}  // namespace
}  // namespace sluice::intake
