// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/line_splitter.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

using testing::ElementsAre;

class Lines : public testing::Test {
 protected:
  void feed(std::string_view chunk) {
    splitter_.feed(chunk, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  void finish() {
    splitter_.finish([this](std::string_view line) { lines_.emplace_back(line); });
  }

  LineSplitter splitter_;
  std::vector<std::string> lines_;
};

TEST_F(Lines, AreTheSameHoweverTheStreamIsCut) {
  const std::string text("one\n\n\0two\xff\nthree\r\nrest", 22);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    for (std::size_t second = cut; second <= text.size(); ++second) {
      splitter_ = {};
      lines_.clear();
      feed(std::string_view(text).substr(0, cut));
      feed(std::string_view(text).substr(cut, second - cut));
      feed(std::string_view(text).substr(second));
      ASSERT_THAT(lines_, ElementsAre("one", "", std::string("\0two\xff", 5), "three\r"));
      ASSERT_EQ(splitter_.consumed(), 18U);
      ASSERT_EQ(splitter_.pending(), 4U);
      finish();
      ASSERT_EQ(lines_.back(), "rest");
      ASSERT_EQ(splitter_.consumed(), text.size());
    }
  }
}

TEST_F(Lines, OfAnyLengthAreHeldInBoundedMemory) {
  const std::string piece(1000, 'x');
  for (int i = 0; i < 10000; ++i)
    feed(piece);
  EXPECT_EQ(splitter_.pending(), 10'000'000U);
  feed("\nnext\n");
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(lines_[0].size(), kMaxLineBytes + 1);
  EXPECT_EQ(lines_[1], "next");
  EXPECT_EQ(splitter_.consumed(), 10'000'006U);
  feed(std::string(kMaxLineBytes, 'y') + "\n" + std::string(kMaxLineBytes + 7, 'z') + "\n");
  EXPECT_EQ(lines_[2].size(), kMaxLineBytes);
  EXPECT_EQ(lines_[3].size(), kMaxLineBytes + 1);
}

TEST_F(Lines, SkipTheRestOfTheLineTheyStartIn) {
  splitter_.skip_to_newline();
  feed("middle");
  feed(" of a line\nwhole\n");
  EXPECT_THAT(lines_, ElementsAre("whole"));
  EXPECT_EQ(splitter_.consumed(), 23U);
}

TEST_F(Lines, CountAsConsumedOnceTheirSinkHasReturned) {
  std::vector<std::uint64_t> consumed;
  splitter_.feed("a\nbc\n", [&](std::string_view) { consumed.push_back(splitter_.consumed()); });
  EXPECT_THAT(consumed, ElementsAre(0U, 2U));
}

}  // namespace
}  // namespace sluice::intake
