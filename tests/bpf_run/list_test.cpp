// SPDX-License-Identifier: Apache-2.0
// What the filter does with listed sources, and that it reads the compiled image as the host's own reader
// does.
#include <array>
#include <random>

#include <fmt/format.h>

#include "daemon/lists/image/lookup.h"
#include "tests/bpf_run/lists.h"

namespace sluice::test {
namespace {

using lists::Rule;

constexpr Rule kAllows{1, SLUICE_ALLOW};
constexpr Rule kDrops{2, SLUICE_DROP};
constexpr Rule kDropsToo{3, SLUICE_DROP};
// One packet an hour, burst 2.
constexpr Rule kThrottles{4, SLUICE_THROTTLE, 3'600'000'000'000, 3'600'000'000'000};
constexpr std::array kRules{kAllows, kDrops, kDropsToo, kThrottles};

FilterOptions with_lists() {
  FilterOptions options;
  options.list_lines = kListLines;
  return options;
}

Bytes web(const std::string& source, std::uint16_t port = 80) {
  if (source.find(':') == std::string::npos)
    return (Ethernet{} / Ipv4{.source = source} / Tcp{.dport = port}).bytes();
  return (Ethernet{} / Ipv6{.source = source} / Tcp{.dport = port}).bytes();
}

using ListTest = RunTest;

TEST_F(ListTest, NothingInForceIsNoList) {
  const Filter none;
  expect_fate(none, web("192.0.2.1"), SLUICE_PASS_DEFAULT);
  const Filter empty(with_lists());
  expect_fate(empty, web("192.0.2.1"), SLUICE_PASS_DEFAULT);
  publish(empty, compile({}, kRules));
  expect_fate(empty, web("192.0.2.1"), SLUICE_PASS_DEFAULT);
  expect_fate(empty, web("2001:db8::1"), SLUICE_PASS_DEFAULT);
}

TEST_F(ListTest, AllowBeatsDropAtEveryLengthAndTheHitNamesItsList) {
  const Filter filter(with_lists());
  publish(filter, compile({{"10.0.0.0/8", 2},
                           {"10.1.0.0/16", 1},
                           {"10.1.1.0/24", 3},
                           {"10.2.2.2", 1},
                           {"10.3.0.0/20", 3},
                           {"2001:db8::/29", 3},
                           {"2001:db8:1::/48", 1},
                           {"2001:db8:1:1::/64", 2},
                           {"2001:db8::7/128", 1}},
                          kRules));
  expect_fate(filter, web("10.9.9.9"), SLUICE_DROP_LISTED);
  expect_fate(filter, web("10.1.9.9"), SLUICE_PASS_LISTED);
  expect_fate(filter, web("10.1.1.9"), SLUICE_PASS_LISTED, "the allow around it counts");
  expect_fate(filter, web("10.2.2.2"), SLUICE_PASS_LISTED);
  expect_fate(filter, web("10.2.2.3"), SLUICE_DROP_LISTED);
  expect_fate(filter, web("11.0.0.0"), SLUICE_PASS_DEFAULT);
  expect_fate(filter, web("2001:db8:2::1"), SLUICE_DROP_LISTED, "by a length below 32");
  expect_fate(filter, web("2001:dbf:ffff::"), SLUICE_DROP_LISTED, "the last /32 of the /29");
  expect_fate(filter, web("2001:dc0::"), SLUICE_PASS_DEFAULT);
  expect_fate(filter, web("2001:db8:1:1::1"), SLUICE_PASS_LISTED);
  expect_fate(filter, web("2001:db8::7"), SLUICE_PASS_LISTED);
  EXPECT_EQ(filter.list_hits(1).packets, 5u);
  EXPECT_EQ(filter.list_hits(2).packets, 2u) << "of two lists that drop the first counts";
  EXPECT_EQ(filter.list_hits(3).packets, 2u);
  EXPECT_EQ(filter.list_hits(2).bytes, 2 * web("10.9.9.9").size());
}

TEST_F(ListTest, DecisionsComeFirst) {
  const Filter filter(with_lists());
  publish(filter, compile({{"192.0.2.0/24", 2}, {"198.51.100.0/24", 1}}, kRules));
  filter.put(Table::allow, prefix("192.0.2.1"), allow_until(kNever));
  filter.put(Table::decisions, prefix("192.0.2.2"), throttle_until(in_an_hour(), 1, 1));
  filter.put(Table::decisions, prefix("192.0.2.3"), drop_until(just_now()));
  filter.put(Table::decisions, prefix("198.51.100.1"), drop_until(in_an_hour()));
  expect_fate(filter, web("192.0.2.1"), SLUICE_PASS_ALLOWED);
  expect_fate(filter, web("192.0.2.2"), SLUICE_PASS_WITHIN_RATE);
  expect_fate(filter, web("192.0.2.3"), SLUICE_DROP_LISTED, "its decision is past its deadline");
  expect_fate(filter, web("198.51.100.1"), SLUICE_DROP_DECISION, "a decision beats a list that allows");
  expect_fate(filter, web("192.0.2.4", 22), SLUICE_PASS_OUT_OF_SCOPE);
}

TEST_F(ListTest, AThrottledListGivesEachSourceItsRate) {
  const Filter filter(with_lists());
  publish(filter, compile({{"192.0.2.0/24", 4}, {"2001:db8::/32", 4}}, kRules));
  for (const char* source : {"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"}) {
    expect_fate(filter, web(source), SLUICE_PASS_WITHIN_RATE, source);
    expect_fate(filter, web(source), SLUICE_PASS_WITHIN_RATE, source);
    expect_fate(filter, web(source), SLUICE_DROP_LIST_RATE, source);
  }
  expect_fate(filter, web("2001:db8::2"), SLUICE_DROP_LIST_RATE, "of the same /64");
}

TEST_F(ListTest, AFragmentFollowsItsSource) {
  const Filter filter(with_lists());
  publish(filter, compile({{"192.0.2.0/24", 2}}, kRules));
  const auto fragment = [](const char* source) {
    return (Ethernet{} / Ipv4{.source = source, .fragment_offset = 5} / Payload{Bytes(32)}).bytes();
  };
  expect_fate(filter, fragment("192.0.2.1"), SLUICE_DROP_LISTED);
  expect_fate(filter, fragment("192.0.3.1"), SLUICE_PASS_DEFAULT);
}

TEST_F(ListTest, ASwitchIsSeenByTheNextPacket) {
  const Filter filter(with_lists());
  const auto one = compile({{"192.0.2.1", 2}}, kRules);
  const auto other = compile({{"192.0.2.2", 2}}, kRules);
  for (int round = 0; round < 20; ++round) {
    publish(filter, one, static_cast<std::uint64_t>(round));
    expect_fate(filter, web("192.0.2.1"), SLUICE_DROP_LISTED);
    expect_fate(filter, web("192.0.2.2"), SLUICE_PASS_DEFAULT);
    publish(filter, other, static_cast<std::uint64_t>(round));
    expect_fate(filter, web("192.0.2.1"), SLUICE_PASS_DEFAULT);
    expect_fate(filter, web("192.0.2.2"), SLUICE_DROP_LISTED);
  }
}

// ---- the image as the kernel reads it, beside the host's reader, which has an oracle of its own ----

std::string dotted(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

std::string coloned(std::uint64_t high, std::uint64_t low) {
  return fmt::format("{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}", high >> 48, high >> 32 & 0xffff,
                     high >> 16 & 0xffff, high & 0xffff, low >> 48, low >> 32 & 0xffff, low >> 16 & 0xffff,
                     low & 0xffff);
}

struct Image {
  std::vector<std::string> addresses;  // both ends of every entry, and the addresses beyond them
  lists::Entries entries;
};

// Clustered, so that entries nest and neighbours are near.
Image random_image(std::mt19937_64& random, unsigned count) {
  Image image;
  for (unsigned i = 0; i < count; ++i) {
    const auto length = static_cast<unsigned>(random() % 33);
    const std::uint32_t network =
        (0x0a000000U | static_cast<std::uint32_t>(random() % (1 << (4 + random() % 20)))) &
        lists::mask_v4(length);
    image.entries.v4.push_back(
        lists::make_entry_v4(network, length, static_cast<lists::ListNumber>(1 + random() % 4)));
    const std::uint32_t last = network | ~lists::mask_v4(length);
    for (const std::uint32_t address : {network, last, network - 1, last + 1})
      image.addresses.push_back(dotted(address));

    const auto length_v6 = static_cast<unsigned>(random() % 129);
    const std::uint64_t high =
        (0x2001'0db8'0000'0000ULL + (random() % 4 << 32 | random() % (1ULL << (1 + random() % 32)))) &
        lists::mask_high(length_v6);
    const std::uint64_t low = random() % 3 * (random() % 256) & lists::mask_low(length_v6);
    image.entries.v6.push_back(
        {high, low, static_cast<std::uint8_t>(length_v6), static_cast<lists::ListNumber>(1 + random() % 4)});
    const std::uint64_t last_high = high | ~lists::mask_high(length_v6);
    const std::uint64_t last_low = low | ~lists::mask_low(length_v6);
    image.addresses.push_back(coloned(high, low));
    image.addresses.push_back(coloned(last_high, last_low));
    image.addresses.push_back(coloned(last_high + (last_low == ~0ULL), last_low + 1));
  }
  return image;
}

TEST_F(ListTest, TheKernelReadsTheImageAsTheHostDoes) {
  std::mt19937_64 random(20261124);
  const Filter filter(with_lists());
  constexpr std::array rules{Rule{1, SLUICE_DROP}, Rule{2, SLUICE_DROP}, Rule{3, SLUICE_DROP},
                             Rule{4, SLUICE_DROP}};
  std::uint64_t listed = 0;
  for (const unsigned count : {1u, 10u, 300u, 4000u}) {
    Image image = random_image(random, count);
    const lists::Compilation compilation(std::move(image.entries), rules);
    const auto& published = publish(filter, compilation, random());
    const std::span in_force(reinterpret_cast<const sluice_list_line*>(&published), published.lines);
    for (const std::string& address : image.addresses) {
      const auto expected = lists::find_list(in_force, Address::parse(address).value());
      std::array<std::uint64_t, 5> before{};
      for (std::uint32_t list = 1; list <= 4; ++list)
        before[list] = filter.list_hits(list).packets;
      const auto outcome = filter.run(web(address));
      ASSERT_EQ(outcome.verdict, expected ? XDP_DROP : XDP_PASS) << address;
      for (std::uint32_t list = 1; list <= 4; ++list)
        ASSERT_EQ(filter.list_hits(list).packets - before[list], expected == list ? 1u : 0u)
            << address << " list " << list;
      listed += expected ? 1 : 0;
    }
  }
  EXPECT_GT(listed, 10'000u);
}

}  // namespace
}  // namespace sluice::test
