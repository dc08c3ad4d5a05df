// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/delivered_lines.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

class Delivered : public testing::Test {
 protected:
  Lines take(const Lines& lines) {
    Lines out;
    const auto keep = [&](std::string_view line) { out.emplace_back(line); };
    for (const std::string& line : lines)
      delivered_.take(line, keep);
    delivered_.flush(keep);
    return out;
  }
  Lines rewritten(const Lines& lines) {
    delivered_.begin_check();
    return take(lines);
  }

  DeliveredLines delivered_;
};

TEST_F(Delivered, NewLinesPass) {
  EXPECT_THAT(take({"a", "b", "a"}), ElementsAre("a", "b", "a"));
  EXPECT_EQ(delivered_.last(), mark_of("a"));
  EXPECT_THAT(rewritten({"c", "a", "b"}), ElementsAre("c", "a", "b"));
}

TEST_F(Delivered, TheEndOfTheOldContentIsPassedOver) {
  take({"a", "b", "c", "d"});
  EXPECT_THAT(rewritten({"b", "c", "d"}), IsEmpty());
  EXPECT_THAT(take({"e"}), ElementsAre("e"));
  EXPECT_THAT(rewritten({"c", "d", "e", "f", "g"}), ElementsAre("f", "g"));
  EXPECT_THAT(rewritten({"a", "c", "f", "h"}), ElementsAre("h")) << "lines may be left out";
  EXPECT_THAT(rewritten({"h"}), IsEmpty()) << "the last line alone";
}

TEST_F(Delivered, OneOldLineMayBeChance) {
  take({"head", "a", "b"});
  EXPECT_THAT(rewritten({"head", "c", "d"}), ElementsAre("head", "c", "d"));
  EXPECT_THAT(rewritten({"head"}), ElementsAre("head"));
  EXPECT_THAT(rewritten({"d", "d", "e"}), ElementsAre("d", "d", "e"));
}

TEST_F(Delivered, OldLinesInAnotherOrderAreNew) {
  take({"a", "b", "c"});
  EXPECT_THAT(rewritten({"b", "a", "c"}), ElementsAre("b", "a", "c"));
}

TEST_F(Delivered, TheMemoryIsBounded) {
  for (std::uint64_t i = 0; i < DeliveredLines::kMaxLines + 10; ++i)
    delivered_.note(std::to_string(i));
  const auto line = [](std::uint64_t i) { return std::to_string(i); };
  EXPECT_THAT(rewritten({line(20), line(21), line(DeliveredLines::kMaxLines + 9), "new"}),
              ElementsAre("new"));
  EXPECT_THAT(rewritten({"3", "4"}), ElementsAre("3", "4")) << "so long ago that they are forgotten";
}

TEST(LineMarks, TellLinesApart) {
  EXPECT_NE(mark_of("a"), mark_of("b"));
  EXPECT_NE(mark_of(""), mark_of(std::string(1, '\0')));
  EXPECT_NE(mark_of("12345678"), mark_of(std::string_view("12345678\0", 9)));
  EXPECT_EQ(mark_of("line"), mark_of(std::string("line")));
  // Stored with positions.
  EXPECT_EQ(mark_of("192.0.2.7 - - \"GET / HTTP/1.1\" 200").bytes, 34U);
}

}  // namespace
}  // namespace sluice::intake
