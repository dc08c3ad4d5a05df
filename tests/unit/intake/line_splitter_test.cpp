// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/line_splitter.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

using testing::ElementsAre;

class SplitLines : public testing::Test {
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

TEST_F(SplitLines, AreTheSameHoweverTheStreamIsCut) {
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

TEST_F(SplitLines, OfAnyLengthAreHeldInBoundedMemory) {
  const std::string piece(1000, 'x');
  feed("begin ");
  for (int i = 0; i < 10000; ++i)
    feed(piece);
  EXPECT_EQ(splitter_.pending(), 10'000'006U);
  feed(" end\nnext\n");
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_LE(lines_[0].size(), kMaxLineBytes);
  EXPECT_THAT(lines_[0], testing::StartsWith("begin xxx"));
  EXPECT_THAT(lines_[0], testing::EndsWith("xxx end"));
  EXPECT_EQ(lines_[1], "next");
  EXPECT_EQ(splitter_.consumed(), 10'000'016U);
  EXPECT_EQ(splitter_.shortened(), 1U);
}

TEST_F(SplitLines, LoseTheirMiddleOnlyWhereTheyAreTooLong) {
  const std::string longest(kMaxLineBytes, 'y');
  for (const std::size_t step : {std::size_t{1} << 20U, std::size_t{4096}, std::size_t{300'001}}) {
    const std::string text = longest + "\n" + longest + "zz\nshort\n";
    splitter_ = {};
    lines_.clear();
    for (std::size_t at = 0; at < text.size(); at += step)
      feed(std::string_view(text).substr(at, step));
    ASSERT_EQ(lines_.size(), 3U);
    EXPECT_EQ(lines_[0], longest);
    EXPECT_LE(lines_[1].size(), kMaxLineBytes);
    EXPECT_GE(lines_[1].size(), LineSplitter::kHeadBytes + LineSplitter::kTailBytes - 16);
    EXPECT_THAT(lines_[1], testing::EndsWith("yzz"));
    EXPECT_EQ(lines_[2], "short");
    EXPECT_EQ(splitter_.shortened(), 1U);
  }
}

// A visitor who makes a server write escapes must not get a bare quote out of the cut.
TEST_F(SplitLines, AreCutBetweenEscapes) {
  for (const std::string_view escape : {"\\\"", "\\\\", "\\x22", "\\u0022", "\\\\\\\""}) {
    // Every place of both cuts within an escape, or within a pair of them.
    for (std::size_t shift = 0; shift < escape.size(); ++shift) {
      std::string line = std::string(shift, 'a') + "\"";
      while (line.size() <= kMaxLineBytes)
        line += escape;
      for (std::size_t behind = 0; behind < escape.size(); ++behind) {
        splitter_ = {};
        lines_.clear();
        feed(line + std::string(behind, 'b') + "\" end\n");
        ASSERT_EQ(lines_.size(), 1U);
        std::size_t bare = 0;
        std::size_t broken = 0;
        const char* const end = lines_[0].data() + lines_[0].size();
        for (const char* at = lines_[0].data(); at < end; ++at) {
          if (*at == '\\') {
            const std::ptrdiff_t length = at[1] == 'x' ? 4 : at[1] == 'u' ? 6 : 2;
            if (length > 2 && (end - at < length || at[length - 2] != '2' || at[length - 1] != '2')) ++broken;
            at += length - 1;
          } else if (*at == '"') {
            ++bare;
          }
        }
        ASSERT_EQ(broken, 0U) << escape << " shifted by " << shift << " and " << behind;
        ASSERT_EQ(bare, 2U) << escape << " shifted by " << shift << " and " << behind;
      }
    }
  }
}

TEST_F(SplitLines, SkipTheRestOfTheLineTheyStartIn) {
  splitter_.skip_to_newline();
  feed("middle");
  feed(" of a line\nwhole\n");
  EXPECT_THAT(lines_, ElementsAre("whole"));
  EXPECT_EQ(splitter_.consumed(), 23U);
}

TEST_F(SplitLines, CountAsConsumedOnceTheirSinkHasReturned) {
  std::vector<std::uint64_t> consumed;
  splitter_.feed("a\nbc\n", [&](std::string_view) { consumed.push_back(splitter_.consumed()); });
  EXPECT_THAT(consumed, ElementsAre(0U, 2U));
}

}  // namespace
}  // namespace sluice::intake
