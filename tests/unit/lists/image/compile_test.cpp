// SPDX-License-Identifier: Apache-2.0
// The compiled image answers what the lists say, for both ends of every network and the addresses beyond.
#include "daemon/lists/image/compile.h"

#include <cstring>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lists/image/oracle.h"

namespace sluice::lists {
namespace {

using namespace test;
using testing::HasSubstr;

#if SLUICE_SANITIZED
constexpr std::size_t kSizes[] = {1, 10, 10'000, 50'000};
#else
constexpr std::size_t kSizes[] = {1, 10, 10'000, 1'000'000, 5'000'000};
#endif
constexpr std::size_t kMaxProbed = 100'000;  // entries, four addresses each

// The lines of a half of the map, of this filter.list_memory_mib.
std::size_t half_lines(std::size_t memory_mib) {
  return (memory_mib * 16384 - 1) / 2;
}

void expect_same(const Oracle& oracle, std::span<const sluice_list_line> image, auto address) {
  ASSERT_EQ(find_list(image, to_address(address)), oracle.find(address)) << to_address(address).to_string();
}

// Both ends of each network, and one beyond each.
void expect_same_at_edges(const Entries& entries, const Oracle& oracle,
                          std::span<const sluice_list_line> image) {
  for (std::size_t i = 0; i < entries.v4.size(); i += entries.v4.size() / kMaxProbed + 1) {
    const std::uint32_t first = network_of(entries.v4[i]);
    const std::uint32_t last = first | ~mask_v4(length_of(entries.v4[i]));
    for (const std::uint32_t address : {first, last, first - 1, last + 1})
      expect_same(oracle, image, address);
    if (testing::Test::HasFatalFailure()) return;
  }
  for (std::size_t i = 0; i < entries.v6.size(); i += entries.v6.size() / kMaxProbed + 1) {
    const EntryV6& entry = entries.v6[i];
    const Wide first = address_bits(entry);
    const Wide last = first | Wide{~mask_high(entry.length)} << 64U | ~mask_low(entry.length);
    for (const Wide address : {first, last, first - 1, last + 1})
      expect_same(oracle, image, address);
    if (testing::Test::HasFatalFailure()) return;
  }
}

void expect_same(const Entries& entries, std::span<const Rule> rules, std::uint64_t seed = 1) {
  const Compilation compilation(entries, rules);
  const auto image = build(compilation, seed);
  const Oracle oracle(entries, rules);
  expect_same_at_edges(entries, oracle, image);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    expect_same(oracle, image, static_cast<std::uint32_t>(random()));
    expect_same(oracle, image, Wide{0x2000'0000'0000'0000 | random() >> 3U} << 64U | random());
    if (testing::Test::HasFatalFailure()) return;
  }
}

Entries entries_of(std::initializer_list<std::pair<const char*, int>> networks) {
  Entries entries;
  for (const auto& [text, list] : networks)
    entries.add(Prefix::parse(text).value(), static_cast<ListNumber>(list));
  return entries;
}

std::optional<ListNumber> find(std::span<const sluice_list_line> image, const char* address) {
  return find_list(image, Address::parse(address).value());
}

TEST(ListCompile, RandomNestedSetsOfEverySize) {
  const auto rules = make_rules(64);
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    Entries entries;
    Maker maker(size, 64);
    maker.add_v4(entries, size);
    maker.add_v6(entries, size);
    expect_same(entries, rules, size);
    if (HasFatalFailure()) return;
  }
}

TEST(ListCompile, DenselyNestedSets) {
  const auto rules = make_rules(7);
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    Entries entries;
    for (int i = 0; i < 60; ++i) {
      const auto length = static_cast<unsigned>(random() % 33);
      const auto address = 0x0a000000U | (static_cast<std::uint32_t>(random()) & 0x3ffU);
      entries.v4.push_back(
          make_entry_v4(address & mask_v4(length), length, static_cast<ListNumber>(1 + random() % 7)));
      const auto wide = static_cast<std::uint8_t>(random() % 129);
      const std::uint64_t high = 0x2001'0db8'0000'0000 | random() % 4;
      entries.v6.push_back({high & mask_high(wide), (random() % 64) & mask_low(wide), wide,
                            static_cast<ListNumber>(1 + random() % 7)});
    }
    expect_same(entries, rules, random());
    if (HasFatalFailure()) return;
  }
}

TEST(ListCompile, LengthsAtEveryBoundaryOfTheImage) {
  const std::vector<Rule> rules = {{1, SLUICE_DROP}, {2, SLUICE_ALLOW}, {3, SLUICE_THROTTLE, 10, 20}};
  expect_same(entries_of({{"0.0.0.0/0", 1}, {"::/0", 1}}), rules);
  expect_same(entries_of({{"0.0.0.0/0", 3},
                          {"255.255.255.255", 1},
                          {"0.0.0.0", 2},
                          {"::/0", 3},
                          {"::", 1},
                          {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2}}),
              rules);
  expect_same(entries_of({{"192.0.0.0/19", 3},
                          {"192.0.0.0/20", 1},
                          {"192.0.0.0/21", 2},
                          {"192.0.8.0/21", 2},
                          {"198.51.100.0/31", 1},
                          {"198.51.100.0/32", 2},
                          {"203.0.113.1/32", 1}}),
              rules);
  expect_same(entries_of({{"2001:db8::/31", 3},
                          {"2001:db8::/32", 1},
                          {"2001:db9::/33", 2},
                          {"2001:db8:1::/63", 3},
                          {"2001:db8:1::/64", 1},
                          {"2001:db8:1::/65", 2},
                          {"2001:db8:1::ffff/128", 2},
                          {"2001:db8:2::/127", 1},
                          {"2001:db8:2::/128", 2}}),
              rules);
}

TEST(ListCompile, AllowWithinDropWithinAllow) {
  const std::vector<Rule> rules = {{1, SLUICE_DROP}, {2, SLUICE_ALLOW}, {3, SLUICE_ALLOW}};
  const Compilation compilation(
      entries_of(
          {{"10.0.0.0/8", 1}, {"10.1.0.0/16", 2}, {"10.1.1.0/24", 1}, {"10.1.1.1", 3}, {"10.2.0.1", 3}}),
      rules);
  const auto image = build(compilation, 1);
  EXPECT_EQ(find(image, "10.0.0.1"), 1);
  EXPECT_EQ(find(image, "10.1.0.1"), 2);
  EXPECT_EQ(find(image, "10.1.1.2"), 2);  // a longer block does not beat the allow around it
  EXPECT_EQ(find(image, "10.1.1.1"), 2);  // nor does an allow named later
  EXPECT_EQ(find(image, "10.2.0.1"), 3);
  EXPECT_EQ(find(image, "11.0.0.0"), std::nullopt);
  EXPECT_EQ(compilation.entries().v4.size(), 3U);
  EXPECT_EQ(compilation.redundant()[1], 1U);
  EXPECT_EQ(compilation.redundant()[3], 1U);
}

TEST(ListCompile, TheListNamedFirstCountsAmongEquals) {
  const auto entries = entries_of({{"10.0.0.0/24", 1},
                                   {"10.0.0.0/24", 2},
                                   {"10.0.0.0/24", 1},
                                   {"2001:db8::/48", 1},
                                   {"2001:db8::/48", 2}});
  const std::vector<Rule> forth = {{1, SLUICE_DROP}, {2, SLUICE_DROP}};
  const std::vector<Rule> back = {{2, SLUICE_DROP}, {1, SLUICE_DROP}};
  EXPECT_EQ(find(build(Compilation(entries, forth), 1), "10.0.0.1"), 1);
  EXPECT_EQ(find(build(Compilation(entries, forth), 1), "2001:db8::1"), 1);
  EXPECT_EQ(find(build(Compilation(entries, back), 1), "10.0.0.1"), 2);
  EXPECT_EQ(find(build(Compilation(entries, back), 1), "2001:db8::1"), 2);
  EXPECT_EQ(Compilation(entries, back).redundant()[1], 3U);
  EXPECT_EQ(Compilation(entries, back).redundant()[2], 0U);
}

TEST(ListCompile, DropCountsBeforeThrottleWhateverTheOrder) {
  const std::vector<Rule> rules = {{1, SLUICE_THROTTLE, 5, 6}, {2, SLUICE_DROP}};
  const Compilation compilation(entries_of({{"10.0.0.0/24", 1}, {"10.0.0.0/16", 2}}), rules);
  const auto image = build(compilation, 1);
  EXPECT_EQ(find(image, "10.0.0.1"), 2);
  sluice_list_rule rule = {};
  std::memcpy(&rule, reinterpret_cast<const char*>(&image[SLUICE_LIST_RULES_AT]) + sizeof rule, sizeof rule);
  EXPECT_EQ(rule.action, static_cast<std::uint32_t>(SLUICE_THROTTLE));
  EXPECT_EQ(rule.interval_ns, 5U);
  EXPECT_EQ(rule.tolerance_ns, 6U);
}

TEST(ListCompile, PrioritiesOrderWhatIsNoAllow) {
  const std::vector<Rule> rules = {{1, SLUICE_THROTTLE, 5, 6, 10}, {2, SLUICE_DROP, 0, 0, 9},
                                   {3, SLUICE_ALLOW, 0, 0, -5},    {4, SLUICE_DROP, 0, 0, 10},
                                   {5, SLUICE_DROP, 0, 0, 11},     {6, SLUICE_ALLOW, 0, 0, 7}};
  const Entries entries = entries_of({{"10.0.0.0/16", 2},
                                      {"10.0.1.0/24", 1},
                                      {"10.0.2.0/24", 3},
                                      {"10.0.0.0/16", 1},
                                      {"10.0.3.0/24", 4},
                                      {"10.0.0.0/8", 5},
                                      {"10.0.2.128/25", 6}});
  const auto image = build(Compilation(entries, rules), 1);
  EXPECT_EQ(find(image, "10.0.2.1"), 3);    // an allow of whatever priority
  EXPECT_EQ(find(image, "10.0.2.200"), 6);  // the greater of two allows
  EXPECT_EQ(find(image, "10.0.3.1"), 5);
  expect_same(entries, rules);
  const std::vector<Rule> without(rules.begin(), rules.begin() + 4);
  const auto fewer = build(Compilation(entries, without), 1);
  EXPECT_EQ(find(fewer, "10.0.1.1"), 1);  // a throttle before a block of less priority
  EXPECT_EQ(find(fewer, "10.0.3.1"), 4);  // not before one of the same
  expect_same(entries, without);
}

TEST(ListCompile, AListWithoutRuleIsLeftOut) {
  const Compilation compilation(entries_of({{"10.0.0.0/8", 9}, {"::/0", 9}}), {});
  EXPECT_EQ(compilation.entries().size(), 0U);
  EXPECT_EQ(compilation.redundant()[9], 2U);
  EXPECT_EQ(find(build(compilation, 1), "10.0.0.1"), std::nullopt);
  EXPECT_EQ(find(build(compilation, 1), "2001:db8::1"), std::nullopt);
}

TEST(ListCompile, ManyNeighboursFillTheirBuckets) {
  const std::vector<Rule> rules = {{1, SLUICE_DROP}};
  Entries entries;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    entries.v4.push_back(make_entry_v4(0xc6000000U + i, 32, 1));
    entries.v6.push_back({0x2001'0db8'0000'0000U + i, 0, 64, 1});
    entries.v6.push_back({0x2001'0db9'0000'0000, i, 128, 1});
    entries.v6.push_back({0x2a00'0000'0000'0000 + (std::uint64_t{i} << 32U), 0, 32, 1});
  }
  for (const std::uint64_t seed : {0ULL, 1ULL, ~0ULL, 0x123456789abcdefULL}) {
    expect_same(entries, rules, seed);
    if (HasFatalFailure()) return;
  }
}

TEST(ListCompile, WhatItAnswersDoesNotDependOnTheSeed) {
  Entries entries;
  Maker maker(77, 10);
  maker.add_v4(entries, 2'000);
  maker.add_v6(entries, 2'000);
  const auto rules = make_rules(10);
  const Compilation compilation(entries, rules);
  const Oracle oracle(entries, rules);
  const auto one = build(compilation, 1);
  const auto two = build(compilation, 2);
  expect_same_at_edges(entries, oracle, one);
  expect_same_at_edges(entries, oracle, two);
  ASSERT_EQ(one.size(), two.size());
  EXPECT_NE(std::memcmp(one.data() + 2, two.data() + 2, (one.size() - 2) * sizeof one[0]), 0);
}

TEST(ListCompile, WhatDoesNotFitIsRefusedInNumbers) {
  Entries entries;
  Maker(3, 1).add_v4(entries, 100'000);
  const std::vector<Rule> rules = {{1, SLUICE_DROP}};
  const Compilation compilation(entries, rules);
  std::vector<sluice_list_line> small(half_lines(12));
  const auto refused = compilation.build(1, small);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(),
              HasSubstr(fmt::format("filter.list_memory_mib = {} ", memory_mib(compilation.lines()))));
  EXPECT_THAT(refused.error().message(), HasSubstr("there are 12"));
  EXPECT_FALSE(compilation.build(1, {}));

  std::vector<sluice_list_line> enough(half_lines(memory_mib(compilation.lines())));
  EXPECT_TRUE(compilation.build(1, enough));
  std::vector<sluice_list_line> exact(compilation.lines());
  EXPECT_TRUE(compilation.build(1, exact));
  exact.pop_back();
  EXPECT_FALSE(compilation.build(1, exact));
}

TEST(ListCompile, NothingIsWrittenBeyondTheEnd) {
  Entries entries;
  Maker maker(4, 1);
  maker.add_v4(entries, 3'000);
  maker.add_v6(entries, 3'000);
  const std::vector<Rule> rules = {{1, SLUICE_DROP}};
  const Compilation compilation(entries, rules);
  std::vector<sluice_list_line> lines(compilation.lines());
  for (std::size_t room = 0; room < lines.size(); room += room < 200 || room > 97'000 ? 1 : 997) {
    std::ranges::fill(lines.back().words, 7);
    ASSERT_FALSE(compilation.build(1, std::span(lines).first(room))) << room;
    ASSERT_EQ(lines.back().words[7], 7U);
  }
}

TEST(ListCompile, MemoryHoldsTwoImagesAndTheSwitch) {
  for (const std::size_t mib : {1U, 2U, 3U, 32U, 33U, 4096U}) {
    const std::size_t lines = half_lines(mib);
    EXPECT_LE((2 * lines + 1) * sizeof(sluice_list_line), mib << 20U);
    EXPECT_EQ(memory_mib(lines), mib);
    EXPECT_EQ(memory_mib(lines + 1), mib + 1);
  }
}

TEST(ListLookup, ADamagedImageHoldsNothingAndIsNotReadBeyond) {
  Entries entries;
  Maker maker(6, 3);
  maker.add_v4(entries, 500);
  maker.add_v6(entries, 500);
  const auto rules = make_rules(3);
  const auto image = build(Compilation(entries, rules), 1);
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    auto damaged = image;
    for (int i = 0; i < 4; ++i)
      damaged[random() % 2].words[random() % 8] = random();
    if (round % 2 == 0) damaged.resize(random() % damaged.size());
    for (int i = 0; i < 50; ++i) {
      const auto a = find_list(damaged, to_address(network_of(entries.v4[random() % 500])));
      const auto b = find_list(damaged, to_address(address_bits(entries.v6[random() % 500])));
      EXPECT_TRUE(a != ListNumber{0} && b != ListNumber{0});
    }
  }
}

}  // namespace
}  // namespace sluice::lists
