// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/text.h"

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;

TEST(Text, BlanksAtBothEndsAreCutOff) {
  EXPECT_EQ(trimmed(" \t\r\n\v\fa b\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\n a\n ", " "), "\n a\n");
}

TEST(Text, LettersAreLoweredAndOtherBytesStay) {
  EXPECT_EQ(lowered("AZaz@[09\xc3\x84"), "azaz@[09\xc3\x84");
  EXPECT_TRUE(equal_ignoring_case("User-AGENT", "uSER-agent"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));  // differ by the bit that letters of two cases do
}

TEST(Text, HexadecimalDigits) {
  EXPECT_EQ(hex_digit('0'), 0);
  EXPECT_EQ(hex_digit('f'), 15);
  EXPECT_EQ(hex_digit('A'), 10);
  for (const char c : {'g', 'G', '/', ':', '@', '`', '\0'})
    EXPECT_FALSE(is_hex_digit(c)) << c;
}

TEST(Text, TakenPiecesAreTheTextWithoutItsSeparators) {
  std::string_view rest = "a,,bc";
  std::vector<std::string_view> pieces;
  while (!rest.empty())
    pieces.push_back(take_until(rest, ','));
  EXPECT_THAT(pieces, ElementsAre("a", "", "bc"));
  rest = "a,";
  EXPECT_EQ(take_until(rest, ','), "a");
  EXPECT_TRUE(rest.empty());
}

TEST(Text, DigitsAtAPlace) {
  EXPECT_EQ(digits_at("2026-11", 5, 2), 11);
  EXPECT_EQ(digits_at("2026-11", 4, 2), -1);
  EXPECT_EQ(digits_at("2026-11", 6, 2), -1);
  EXPECT_EQ(digits_at("007", 0, 3), 7);
}

TEST(Text, ANumberIsTheWholeText) {
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<int>("-7"), -7);
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "65536", "-1"})
    EXPECT_FALSE(parse_number<std::uint16_t>(text)) << text;
}

}  // namespace
}  // namespace sluice
