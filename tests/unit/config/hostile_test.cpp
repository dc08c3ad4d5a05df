// SPDX-License-Identifier: Apache-2.0
// Files made to break the loader: what they get is faults.
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/load.h"

namespace sluice::config {
namespace {

using namespace std::string_literals;

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

std::string first_fault(const std::string& text) {
  const auto loaded = parse(text, "t");
  return loaded ? "no fault" : to_string(loaded.error().front());
}

TEST(Hostile, DeepNestingEndsAtASmallDepth) {
  EXPECT_THAT(first_fault("a = " + repeat("[", 1000)), testing::HasSubstr("maximum nested value depth of 4"));
  EXPECT_THAT(first_fault("a = " + repeat("{a=", 500)),
              testing::HasSubstr("maximum nested value depth of 4"));
  EXPECT_EQ(first_fault("a = " + repeat("[", 100'000)), "t:1: longer than 2048 bytes; break the line up");
  EXPECT_EQ(first_fault("[a" + repeat(".a", 100'000) + "]"),
            "t:1: longer than 2048 bytes; break the line up");
}

TEST(Hostile, TheDeepestTablesThatLinesAllow) {
  const std::string deep = repeat("a.", 1000) + "a";
  EXPECT_EQ(first_fault("[" + deep + "]\n" + deep + " = [\n{" + deep + " = [\n1]}]\n"),
            "t:1: a: unknown; here may stand mode, preset, include, filter, limit, protect, "
            "list, log, proxies, identity, asn, site, route, assets, decoy, robots, heuristics, "
            "agents, crawlers, policy, control, store, retention, metrics, logging");
}

TEST(Hostile, ManyKeysAreManyFaults) {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += "k" + std::to_string(i) + " = 1\n";
  const auto loaded = parse(text, "t");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 10'000U);
  EXPECT_EQ(loaded.error().back().line, 10'000U);
}

TEST(Hostile, ManyEntriesAreCounted) {
  EXPECT_EQ(first_fault(repeat("[[log]]\n", 100'000)), "t:257: log: there are 100000; at most 256");
}

TEST(Hostile, NumbersBeyondEveryRange) {
  EXPECT_THAT(first_fault("[policy]\nthrottle_rate = 99999999999999999999\n"),
              testing::HasSubstr("t:2: not TOML: "));
  EXPECT_EQ(first_fault("[policy]\nthrottle_rate = 9223372036854775807\n"),
            "t:2: policy.throttle_rate: 9223372036854775807 is out of range: 1 to 1000000");
  EXPECT_EQ(first_fault("[policy]\nthrottle_rate = -9223372036854775808\n"),
            "t:2: policy.throttle_rate: -9223372036854775808 is out of range: 1 to 1000000");
  EXPECT_EQ(first_fault("[policy]\ngrowth = 1e308\n"),
            "t:2: policy.growth: 1e+308 is out of range: 1 to 100");
  EXPECT_EQ(first_fault("[policy]\ngrowth = inf\n"), "t:2: policy.growth: inf is out of range: 1 to 100");
  EXPECT_EQ(first_fault("[policy]\ngrowth = -inf\n"), "t:2: policy.growth: -inf is out of range: 1 to 100");
  EXPECT_EQ(first_fault("[policy]\ngrowth = nan\n"), "t:2: policy.growth: nan is out of range: 1 to 100");
  EXPECT_EQ(first_fault("[policy]\nthrottle_rate = nan\n"),
            "t:2: policy.throttle_rate: the number nan is not a "
            "whole number from 1 to 1000000; write for example 1");
  EXPECT_EQ(first_fault("[policy]\nblock_for = \"99999999999999999999d\"\n"),
            "t:2: policy.block_for: '99999999999999999999d' is not "
            "a duration; write it as 45s, 15m, 4h, 7d or 1h30m");
}

TEST(Hostile, BytesThatAreNotText) {
  EXPECT_THAT(first_fault("mode = \"\xff\xfe\"\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("\xc3"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("mode = \"a\0b\"\n"s), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("\0"s), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("\r"), testing::StartsWith("t:1: not TOML: "));
}

// An assertion of toml++ 3.3.0 would end the process here.
TEST(Hostile, TableHeadersThatAreNoNames) {
  EXPECT_THAT(first_fault("[!]\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("[ =]\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("[[.]]\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("[ \0a]\n"s), testing::StartsWith("t:1: not TOML: "));
}

// toml++ 3.3.0 takes these characters for impossible where white space may stand.
TEST(Hostile, LettersWithAccentsWhereWhiteSpaceMayStand) {
  EXPECT_THAT(first_fault("1\xcc\x9f?f"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("mode = \xc3\xa4\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_THAT(first_fault("mode = \"observe\" \xe4\xb8\xad\n"), testing::StartsWith("t:1: not TOML: "));
  EXPECT_EQ(first_fault("mode = \"\"\"\\\n  \xc3\xa4\"\"\"\n"),
            "t:1: mode: the text \"\xc3\xa4\" is not one of \"observe\", \"enforce\"");
}

TEST(Hostile, EscapedControlCharactersNeverReachATerminal) {
  EXPECT_EQ(first_fault(R"([store]
path = "/a\u0000b")"),
            R"(t:2: store.path: "/a\u0000b" holds a control character; take it out)");
  EXPECT_EQ(first_fault(R"(mode = "\u001b[2J")"),
            R"(t:1: mode: the text "\u001B[2J" is not one of "observe", "enforce")");
  EXPECT_THAT(first_fault(R"("\u001b[2J\n" = 1)"),
              testing::StartsWith("t:1: ?[2J?: unknown; here may stand mode"));
  EXPECT_THAT(first_fault(R"([policy]
block_for = "\u001b[2J")"),
              testing::StartsWith("t:2: policy.block_for: '?[2J' is not a duration"));
}

TEST(Hostile, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(
      first_fault("mode = \"" + repeat("\xc3\xa4", 500) + "\"\n"),
      "t:1: mode: the text \"" + repeat("\xc3\xa4", 30) + "...\" is not one of \"observe\", \"enforce\"");
  EXPECT_EQ(
      first_fault("mode = \"x" + repeat("\xc3\xa4", 500) + "\"\n"),
      "t:1: mode: the text \"x" + repeat("\xc3\xa4", 29) + "...\" is not one of \"observe\", \"enforce\"");
}

}  // namespace
}  // namespace sluice::config
