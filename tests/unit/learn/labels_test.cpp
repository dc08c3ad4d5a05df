// SPDX-License-Identifier: Apache-2.0
// Files of labels as people write them.
#include "daemon/learn/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::learn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Prefix source(std::string_view text) {
  return *Prefix::parse(text);
}

TEST(Labels, AreFoundByTheSmallestNetworkThatHoldsTheSource) {
  const ParsedLabels parsed = parse_labels(
      "source,label\r\n"
      "# of the incident in May\n"
      "\n"
      "192.0.2.0/24, scraper  # the whole rack\r\n"
      " 192.0.2.7 ,person\n"
      "2001:db8:0:1::5,scraper\n"
      "192.0.2.7,person",
      "l.csv", {});
  ASSERT_THAT(parsed.faults, IsEmpty());
  EXPECT_EQ(parsed.labels.size(), 3U);
  const auto kind = [&](std::string_view text) {
    const Label* label = parsed.labels.find(source(text));
    return label == nullptr ? "nobody" : to_text(label->kind);
  };
  EXPECT_EQ(kind("192.0.2.6"), "scraper");
  EXPECT_EQ(kind("192.0.2.7"), "person");
  EXPECT_EQ(kind("198.51.100.1"), "nobody");
  EXPECT_EQ(kind("2001:db8:0:1::/64"), "scraper") << "an address stands for its source";
  EXPECT_EQ(parsed.labels.find(source("192.0.2.6"))->line, 4U);
}

TEST(Labels, MayBeQuotedAsSpreadsheetsDo) {
  const ParsedLabels parsed = parse_labels(
      "\"source\",\"label\"\n\"192.0.2.7\",\"scraper\"\n192.0.2.8,person,seen in May\n", "l.csv", {});
  ASSERT_THAT(parsed.faults, IsEmpty());
  EXPECT_EQ(parsed.labels.find(source("192.0.2.7"))->kind, Kind::scraper);
  EXPECT_EQ(parsed.labels.find(source("192.0.2.8"))->kind, Kind::person);
}

TEST(Labels, EveryBadLineIsNamed) {
  const ParsedLabels parsed = parse_labels(
      "source,label\n"
      "192.0.2.1 scraper\n"
      "192.0.2.1,robot\x1b[2J\n"
      "192.0.2.300,person\n"
      "192.0.2.1/24,person\n"
      "2001:db8::1,person\n"
      "source,label\n"
      "2001:db8::2,scraper\n",
      "l.csv", {});
  EXPECT_THAT(parsed.faults,
              ElementsAre("l.csv:2: '192.0.2.1 scraper' has no comma; write for example 192.0.2.7,scraper",
                          "l.csv:3: 'robot\\x1b[2J' is neither scraper nor person", HasSubstr("l.csv:4: "),
                          HasSubstr("192.0.2.0/24"), HasSubstr("l.csv:7: 'label' is neither"),
                          "l.csv:8: 2001:db8::/64 is called a scraper here "
                          "and something else at line 6; take one out"));
}

TEST(Labels, HoldWhatTheIdentityHolds) {
  detection::IdentityOptions identity;
  identity.ipv6_prefix_length = 56;
  const ParsedLabels parsed =
      parse_labels("2001:db8:0:1::/64,scraper\n2001:db9::/32,person\n", "l.csv", identity);
  ASSERT_THAT(parsed.faults, IsEmpty());
  EXPECT_NE(parsed.labels.find(source("2001:db8::/56")), nullptr);
  EXPECT_NE(parsed.labels.find(source("2001:db9:1:100::/56")), nullptr);
}

}  // namespace
}  // namespace sluice::learn
