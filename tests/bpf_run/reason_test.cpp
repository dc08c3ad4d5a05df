// SPDX-License-Identifier: Apache-2.0
// Each reason of wire.h: a frame that gets it, and a near neighbour that does not. Verdict and counter,
// always both. What cannot be read passes, unless its source is denied.
#include <set>
#include <vector>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

// The sources that the filter of these tests has decisions on; everyone else is unknown to it.
constexpr const char* kAllowed = "192.0.2.77";
constexpr const char* kThrottled = "192.0.2.88";  // one packet a day, burst 1
constexpr const char* kExhausted = "192.0.2.89";  // likewise, and it has come
constexpr const char* kUnknown = "192.0.2.1";
constexpr const char* kUnknownV6 = "2001:db8::1";

struct Case {
  std::string name;
  sluice_scope scope;
  Packet packet;
  sluice_reason reason;
  Packet neighbour;
  sluice_reason neighbours_reason;
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.name;
}

Bytes cut(const Packet& packet, std::size_t size) {
  Bytes frame = packet.bytes();
  frame.resize(size);
  return frame;
}

Packet web_v4(const char* source) {
  return Ethernet{} / Ipv4{.source = source} / Tcp{};
}
Packet web_v6(const char* source) {
  return Ethernet{} / Ipv6{.source = source} / Tcp{};
}

Packet with_extensions(const char* source, std::size_t count) {
  Packet packet = Ethernet{} / Ipv6{.source = source};
  for (std::size_t i = 0; i < count; ++i)
    packet = packet / Extension{.extra_units = static_cast<std::uint8_t>(i % 3)};
  return packet / Tcp{};
}

// A frame given as its bytes.
Packet raw(const Packet& packet, std::size_t size) {
  return Payload{cut(packet, size)};
}

std::vector<Case> verdict_cases() {
  const auto ports = SLUICE_SCOPE_PORTS;
  const auto all = SLUICE_SCOPE_ALL;
  return {
      {"Default", ports, web_v4("192.0.2.1"), SLUICE_PASS_DEFAULT, web_v4(kBlocked), SLUICE_DROP_DECISION},
      {"DefaultV6", ports, web_v6("2001:db8:67::1"), SLUICE_PASS_DEFAULT, web_v6(kBlockedV6),
       SLUICE_DROP_DECISION},
      {"Allowed", ports, web_v4(kAllowed), SLUICE_PASS_ALLOWED, web_v4("192.0.2.76"), SLUICE_PASS_DEFAULT},
      {"WithinRate", ports, web_v4(kThrottled), SLUICE_PASS_WITHIN_RATE, web_v4(kExhausted),
       SLUICE_DROP_OVER_RATE},
      {"OverRate", ports, web_v4(kExhausted), SLUICE_DROP_OVER_RATE, web_v4("192.0.2.90"),
       SLUICE_PASS_DEFAULT},
      {"Blocked", ports, web_v4(kBlocked), SLUICE_DROP_DECISION, web_v4("192.0.2.67"), SLUICE_PASS_DEFAULT},
      {"OtherPort", ports, Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.dport = 22}, SLUICE_PASS_OUT_OF_SCOPE,
       web_v4(kBlocked), SLUICE_DROP_DECISION},
      {"SourcePortDoesNotCount", ports,
       Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.sport = 80, .dport = 40000}, SLUICE_PASS_OUT_OF_SCOPE,
       web_v4(kBlocked), SLUICE_DROP_DECISION},
      {"OtherPortUdp", ports, Ethernet{} / Ipv4{.source = kBlocked} / Udp{.dport = 53},
       SLUICE_PASS_OUT_OF_SCOPE, Ethernet{} / Ipv4{.source = kBlocked} / Udp{.dport = 443},
       SLUICE_DROP_DECISION},
      {"OtherPortScopeAll", all, web_v4("192.0.2.1"), SLUICE_PASS_DEFAULT,
       Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.dport = 22}, SLUICE_DROP_DECISION},
      {"Icmp", ports, Ethernet{} / Ipv4{.source = kBlocked} / Icmp{}, SLUICE_PASS_OUT_OF_SCOPE,
       web_v4(kBlocked), SLUICE_DROP_DECISION},
      {"IcmpScopeAll", all, Ethernet{} / Ipv4{.source = kBlocked} / Icmp{}, SLUICE_DROP_DECISION,
       Ethernet{} / Ipv4{} / Icmp{}, SLUICE_PASS_DEFAULT},
      {"IcmpV6ScopeAll", all, Ethernet{} / Ipv6{.source = kBlockedV6} / Icmp{58}, SLUICE_DROP_DECISION,
       Ethernet{} / Ipv6{} / Icmp{58}, SLUICE_PASS_DEFAULT},
  };
}

std::vector<Case> link_cases() {
  const auto ports = SLUICE_SCOPE_PORTS;
  const Packet untagged = Ipv4{.source = kBlocked} / Tcp{};
  const Packet one = Ethernet{} / Vlan{} / Ipv4{.source = kBlocked} / Tcp{};
  const Packet two = Ethernet{} / Vlan{.tag_type = 0x88a8} / Vlan{} / Ipv4{.source = kBlocked} / Tcp{};
  const Packet two_v6 = Ethernet{} / Vlan{} / Vlan{} / Ipv6{.source = kBlockedV6} / Udp{};
  const Packet three = Ethernet{} / Vlan{} / Vlan{} / Vlan{} / Ipv4{.source = kBlocked} / Tcp{};
  return {
      {"Arp", ports, Ethernet{.type = 0x0806} / Payload{Bytes(28)}, SLUICE_PASS_NOT_IP, web_v4(kBlocked),
       SLUICE_DROP_DECISION},
      {"NotIpBehindVlan", ports, Ethernet{} / Vlan{} / Payload{Bytes(28)}, SLUICE_PASS_NOT_IP, one,
       SLUICE_DROP_DECISION},
      {"NotIpScopeAll", SLUICE_SCOPE_ALL, Ethernet{.type = 0x0806} / Payload{Bytes(28)}, SLUICE_PASS_NOT_IP,
       web_v4(kBlocked), SLUICE_DROP_DECISION},
      {"TruncatedEthernet", ports, raw(web_v4(kBlocked), 13), SLUICE_PASS_TRUNCATED_ETHERNET,
       raw(web_v4(kBlocked), 14), SLUICE_PASS_TRUNCATED_IPV4},
      {"TruncatedVlan", ports, raw(one, 17), SLUICE_PASS_TRUNCATED_VLAN, raw(one, 18),
       SLUICE_PASS_TRUNCATED_IPV4},
      {"TruncatedSecondVlan", ports, raw(two, 21), SLUICE_PASS_TRUNCATED_VLAN, two, SLUICE_DROP_DECISION},
      {"TooManyVlans", ports, three, SLUICE_PASS_TOO_MANY_VLANS, two, SLUICE_DROP_DECISION},
      {"TwoVlansV6", ports, two_v6, SLUICE_DROP_DECISION, three, SLUICE_PASS_TOO_MANY_VLANS},
  };
}

std::vector<Case> ipv4_cases() {
  const auto ports = SLUICE_SCOPE_PORTS;
  const auto options = [](const char* source) {
    return Ethernet{} / Ipv4{.source = source, .option_bytes = 40} / Tcp{};
  };
  const auto icmp = [](const char* source) {
    return Ethernet{} / Ipv4{.source = source, .protocol = 1, .option_bytes = 40} / Icmp{};
  };
  const auto later = [](const char* source) {
    return Ethernet{} / Ipv4{.source = source, .protocol = 6, .fragment_offset = 1} / Payload{Bytes(1)};
  };
  const auto malformed = [](const char* source, Ipv4 ip) {
    ip.source = source;
    return Ethernet{} / ip / Tcp{};
  };
  return {
      {"TruncatedIpv4", ports, raw(web_v4(kBlocked), 33), SLUICE_PASS_TRUNCATED_IPV4, web_v4(kBlocked),
       SLUICE_DROP_DECISION},
      {"TruncatedOptions", ports, raw(options(kUnknown), 14 + 59), SLUICE_PASS_TRUNCATED_IPV4,
       raw(options(kBlocked), 14 + 59), SLUICE_DROP_DECISION},
      {"TruncatedOptionsOfNoPort", ports, raw(icmp(kBlocked), 14 + 59), SLUICE_PASS_TRUNCATED_IPV4,
       raw(options(kBlocked), 14 + 59), SLUICE_DROP_DECISION},
      {"WrongVersion", ports, malformed(kBlocked, {.version = 5}), SLUICE_PASS_MALFORMED_IPV4,
       malformed(kBlocked, {}), SLUICE_DROP_DECISION},
      {"HeaderTooShort", ports, malformed(kUnknown, {.header_words = 4}), SLUICE_PASS_MALFORMED_IPV4,
       malformed(kBlocked, {.header_words = 4}), SLUICE_DROP_DECISION},
      {"HeaderLongerThanThePacket", ports, malformed(kUnknown, {.header_words = 6, .total_length = 23}),
       SLUICE_PASS_MALFORMED_IPV4, malformed(kBlocked, {.header_words = 6, .total_length = 23}),
       SLUICE_DROP_DECISION},
      {"MalformedScopeAll", SLUICE_SCOPE_ALL, malformed(kBlocked, {.version = 5}), SLUICE_PASS_MALFORMED_IPV4,
       malformed(kBlocked, {}), SLUICE_DROP_DECISION},
      {"TruncatedTransport", ports, raw(web_v4(kUnknown), 37), SLUICE_PASS_TRUNCATED_TRANSPORT,
       raw(web_v4(kBlocked), 37), SLUICE_DROP_DECISION},
      {"TruncatedTransportOfTheAllowed", ports, raw(web_v4(kAllowed), 37), SLUICE_PASS_TRUNCATED_TRANSPORT,
       raw(web_v4(kExhausted), 37), SLUICE_DROP_OVER_RATE},
      {"TruncatedTransportScopeAll", SLUICE_SCOPE_ALL, raw(web_v4(kBlocked), 34), SLUICE_DROP_DECISION,
       raw(web_v4("192.0.2.1"), 34), SLUICE_PASS_DEFAULT},
      {"LaterFragment", ports, later(kBlocked), SLUICE_DROP_DECISION, later("192.0.2.1"),
       SLUICE_PASS_DEFAULT},
      {"FirstFragment", ports, Ethernet{} / Ipv4{.source = kBlocked, .more_fragments = true} / Tcp{},
       SLUICE_DROP_DECISION, Ethernet{} / Ipv4{.source = kBlocked, .more_fragments = true} / Tcp{.dport = 22},
       SLUICE_PASS_OUT_OF_SCOPE},
  };
}

std::vector<Case> ipv6_cases() {
  const auto ports = SLUICE_SCOPE_PORTS;
  const auto all = SLUICE_SCOPE_ALL;
  const Ipv6 blocked{.source = kBlockedV6};
  const auto hop_of = [](const char* source) {
    return Ethernet{} / Ipv6{.source = source} / Extension{.kind = 0, .extra_units = 1} / Tcp{};
  };
  const Packet hop = hop_of(kBlockedV6);
  const Packet many = Ethernet{} / blocked / Extension{.kind = 0} / Extension{.kind = 43, .extra_units = 3} /
                      Fragment{} / Authentication{} / Extension{.kind = 60} / Udp{};
  const Packet after_ah = Ethernet{} / blocked / Authentication{.extra_words = 6} / Tcp{};
  const Packet later = Ethernet{} / blocked / Fragment{.offset = 1} / Payload{Bytes(1)};
  const Packet large_offset = Ethernet{} / blocked / Fragment{.offset = 0x1000} / Payload{Bytes(1)};
  const Packet other_port = Ethernet{} / blocked / Extension{} / Tcp{.dport = 22};
  return {
      {"TruncatedIpv6", ports, raw(web_v6(kBlockedV6), 53), SLUICE_PASS_TRUNCATED_IPV6, web_v6(kBlockedV6),
       SLUICE_DROP_DECISION},
      {"WrongVersionV6", ports, Ethernet{} / Ipv6{.source = kBlockedV6, .version = 4} / Tcp{},
       SLUICE_PASS_MALFORMED_IPV6, web_v6(kBlockedV6), SLUICE_DROP_DECISION},
      {"TruncatedExtension", ports, raw(hop_of(kUnknownV6), 54 + 15), SLUICE_PASS_TRUNCATED_EXTENSION,
       raw(hop, 54 + 15), SLUICE_DROP_DECISION},
      {"TruncatedExtensionScopeAll", all, raw(hop, 54 + 15), SLUICE_DROP_DECISION, raw(hop, 53),
       SLUICE_PASS_TRUNCATED_IPV6},
      {"TooManyExtensions", ports, with_extensions(kUnknownV6, 9), SLUICE_PASS_TOO_MANY_EXTENSIONS,
       with_extensions(kBlockedV6, 9), SLUICE_DROP_DECISION},
      {"FarTooManyExtensions", ports, with_extensions(kUnknownV6, 40), SLUICE_PASS_TOO_MANY_EXTENSIONS,
       with_extensions(kBlockedV6, 40), SLUICE_DROP_DECISION},
      {"ManyExtensions", ports, with_extensions(kUnknownV6, 8), SLUICE_PASS_DEFAULT,
       with_extensions(kBlockedV6, 8), SLUICE_DROP_DECISION},
      {"TooManyExtensionsScopeAll", all, with_extensions(kBlockedV6, 9), SLUICE_DROP_DECISION,
       web_v6(kUnknownV6), SLUICE_PASS_DEFAULT},
      {"AllKindsOfExtensions", ports, many, SLUICE_DROP_DECISION, other_port, SLUICE_PASS_OUT_OF_SCOPE},
      {"Authentication", ports, after_ah, SLUICE_DROP_DECISION, web_v6(kUnknownV6), SLUICE_PASS_DEFAULT},
      {"TruncatedTransportV6", ports, raw(hop_of(kUnknownV6), 54 + 16 + 3), SLUICE_PASS_TRUNCATED_TRANSPORT,
       raw(hop, 54 + 16 + 3), SLUICE_DROP_DECISION},
      {"LaterFragmentV6", ports, later, SLUICE_DROP_DECISION,
       Ethernet{} / Ipv6{} / Fragment{.offset = 1} / Payload{Bytes(1)}, SLUICE_PASS_DEFAULT},
      {"LaterFragmentLargeOffset", ports, large_offset, SLUICE_DROP_DECISION,
       Ethernet{} / Ipv6{} / Fragment{.offset = 0x1000} / Payload{Bytes(1)}, SLUICE_PASS_DEFAULT},
      {"FirstFragmentV6", ports, Ethernet{} / blocked / Fragment{.more = true} / Tcp{}, SLUICE_DROP_DECISION,
       Ethernet{} / blocked / Fragment{.more = true} / Tcp{.dport = 22}, SLUICE_PASS_OUT_OF_SCOPE},
      {"NoNextHeader", ports, Ethernet{} / Ipv6{.source = kBlockedV6, .next_header = 59},
       SLUICE_PASS_OUT_OF_SCOPE, web_v6(kBlockedV6), SLUICE_DROP_DECISION},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& cases : {verdict_cases(), link_cases(), ipv4_cases(), ipv6_cases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

class ReasonTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { SLUICE_SKIP_UNLESS_ROOT(); }
};

TEST_P(ReasonTest, GetsItsReasonAndItsNeighbourAnother) {
  const Case& each = GetParam();
  FilterOptions options;
  options.scope = each.scope;
  const Filter filter(options);
  filter.put(Table::decisions, prefix(kBlocked), drop_until(in_an_hour()));
  filter.put(Table::decisions, prefix(kBlockedV6), drop_until(in_an_hour()));
  filter.put(Table::decisions, prefix(kAllowed), drop_until(in_an_hour()));
  filter.put(Table::allow, prefix(kAllowed), allow_until(kNever));
  sluice_decision daily = throttle_until(in_an_hour(), 1, 1);
  daily.interval_ns *= 86'400;
  filter.put(Table::decisions, prefix(kThrottled), daily);
  filter.put(Table::decisions, prefix(kExhausted), daily);
  expect_fate(filter, web_v4(kExhausted).bytes(), SLUICE_PASS_WITHIN_RATE, "the one packet of today");

  expect_fate(filter, each.packet.bytes(), each.reason, each.name);
  expect_fate(filter, each.neighbour.bytes(), each.neighbours_reason, each.name + "'s neighbour");
}

INSTANTIATE_TEST_SUITE_P(All, ReasonTest, testing::ValuesIn(all_cases()),
                         [](const auto& each) { return each.param.name; });

TEST(Reasons, AreAllCovered) {
  std::set<unsigned> covered;
  for (const Case& each : all_cases())
    covered.insert(each.reason);
  // What takes lists or limits to happen has tests of its own: list_test, limit_test, answer_test.
  for (const unsigned elsewhere :
       {SLUICE_PASS_LISTED, SLUICE_PASS_CONTROL, SLUICE_DROP_LISTED, SLUICE_DROP_LIST_RATE,
        SLUICE_DROP_LIMIT_PACKETS, SLUICE_DROP_LIMIT_BYTES, SLUICE_DROP_LIMIT_ATTEMPTS})
    EXPECT_TRUE(covered.insert(elsewhere).second) << elsewhere;
  for (unsigned reason = 0; reason < SLUICE_REASON_COUNT; ++reason)
    EXPECT_TRUE(covered.contains(reason)) << "no case whose reason is " << reason;
}

}  // namespace
}  // namespace sluice::test
