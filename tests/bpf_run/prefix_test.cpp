// SPDX-License-Identifier: Apache-2.0
// Every prefix length of both families: the first and the last address inside are hit, the neighbours outside
// are not.
#include <algorithm>
#include <optional>
#include <vector>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using PrefixTest = RunTest;

Address address_of(Family family, const Bytes& bytes) {
  if (family == Family::ipv4) return Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  std::array<std::uint8_t, 16> all{};
  std::copy(bytes.begin(), bytes.end(), all.begin());
  return Address::from_v6(all);
}

// The number that the bytes are, plus or minus one; nothing where there is no such address.
std::optional<Bytes> beside(Bytes bytes, bool up) {
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    *byte = static_cast<std::uint8_t>(up ? *byte + 1 : *byte - 1);
    if (*byte != (up ? 0x00 : 0xff)) return bytes;
  }
  return std::nullopt;
}

Bytes first_of(const Prefix& network) {
  return {network.address().bytes().begin(), network.address().bytes().end()};
}

Bytes last_of(const Prefix& network) {
  Bytes bytes = first_of(network);
  for (std::size_t bit = network.length(); bit < bytes.size() * 8; ++bit)
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | 0x80 >> bit % 8);
  return bytes;
}

Bytes frame_from(const Address& source) {
  if (source.family() == Family::ipv4)
    return (Ethernet{} / Ipv4{.source = source.to_string()} / Tcp{}).bytes();
  return (Ethernet{} / Ipv6{.source = source.to_string()} / Tcp{}).bytes();
}

// An address with both ones and zeros on each side of every length. The longest first: the areas that a short
// one marks stay marked, and those of the shortest are all there are.
void expect_exact_borders(const std::string& within, Table table, const sluice_decision& decision,
                          sluice_reason inside) {
  const Filter filter;
  const Address address = Address::parse(within).value();
  for (unsigned left = max_prefix_length(address.family()) + 1; left > 0; --left) {
    const Prefix network(address, left - 1);
    filter.put(table, network, decision);
    const auto expect = [&](const std::optional<Bytes>& bytes, sluice_reason reason) {
      if (!bytes) return;
      const Address source = address_of(address.family(), *bytes);
      expect_fate(filter, frame_from(source), reason, source.to_string() + " against " + network.to_string());
    };
    expect(first_of(network), inside);
    expect(last_of(network), inside);
    expect(beside(first_of(network), false), SLUICE_PASS_DEFAULT);
    expect(beside(last_of(network), true), SLUICE_PASS_DEFAULT);
    filter.remove(table, network);
    expect(first_of(network), SLUICE_PASS_DEFAULT);
  }
}

TEST_F(PrefixTest, BlocksEveryIpv4LengthExactly) {
  expect_exact_borders("172.86.165.90", Table::decisions, drop_until(in_an_hour()), SLUICE_DROP_DECISION);
}

TEST_F(PrefixTest, BlocksEveryIpv6LengthExactly) {
  expect_exact_borders("2a5a:a5a5:5a3c:c35a:96a5:5aa5:695a:a596", Table::decisions, drop_until(in_an_hour()),
                       SLUICE_DROP_DECISION);
}

TEST_F(PrefixTest, AllowsEveryIpv4LengthExactly) {
  expect_exact_borders("172.86.165.90", Table::allow, allow_until(kNever), SLUICE_PASS_ALLOWED);
}

TEST_F(PrefixTest, AllowsEveryIpv6LengthExactly) {
  expect_exact_borders("2a5a:a5a5:5a3c:c35a:96a5:5aa5:695a:a596", Table::allow, allow_until(kNever),
                       SLUICE_PASS_ALLOWED);
}

// All lengths at once, each probed: only the last one probed decides.
TEST_F(PrefixTest, FindsTheOneLiveEntryAmongAllLengths) {
  for (const std::string within : {"172.86.165.90", "2a5a:a5a5:5a3c:c35a:96a5:5aa5:695a:a596"}) {
    const Address address = Address::parse(within).value();
    const Bytes frame = frame_from(address);
    for (const unsigned live : {0u, 17u, 32u, 63u, 64u, 65u, 127u, 128u}) {
      if (live > max_prefix_length(address.family())) continue;
      const Filter filter;
      for (unsigned length = 0; length <= max_prefix_length(address.family()); ++length)
        filter.put(Table::decisions, Prefix(address, length),
                   drop_until(length == live ? in_an_hour() : just_now()));
      expect_fate(filter, frame, SLUICE_DROP_DECISION, within + " live at " + std::to_string(live));
      filter.remove(Table::decisions, Prefix(address, live));
      expect_fate(filter, frame, SLUICE_PASS_DEFAULT, within + " with all expired");
    }
  }
}

}  // namespace
}  // namespace sluice::test
