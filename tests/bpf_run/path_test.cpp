// SPDX-License-Identifier: Apache-2.0
// The fast path and the slow path (bpf/sluice.bpf.c) come to the same verdict, whatever decides. A frame that
// is whole takes the fast path; the same frame without its last byte claims to be longer than it is, and
// takes the slow path.
#include <array>

#include "tests/bpf_run/lists.h"

namespace sluice::test {
namespace {

using PathTest = RunTest;

constexpr std::array kEachAction{lists::Rule{1, SLUICE_ALLOW}, lists::Rule{2, SLUICE_DROP},
                                 lists::Rule{3, SLUICE_THROTTLE, kHour, 0}};

Packet network_of(const std::string& source) {
  return source.find(':') == std::string::npos ? Ethernet{} / Ipv4{.source = source}
                                               : Ethernet{} / Ipv6{.source = source};
}

// The whole frame, and the one that is cut by its last byte: each is to meet that fate.
void expect_both(const Filter& filter, const Packet& packet, sluice_reason reason, const std::string& what) {
  const Bytes whole = packet.bytes();
  expect_fate(filter, whole, reason, what + ", whole");
  expect_fate(filter, Bytes(whole.begin(), whole.end() - 1), reason, what + ", cut");
}

void expect_web(const Filter& filter, const std::string& source, sluice_reason reason) {
  expect_both(filter, network_of(source) / Tcp{} / Payload{Bytes(8)}, reason, source);
}

FilterOptions options(sluice_scope scope) {
  FilterOptions options;
  options.scope = scope;
  options.list_lines = kListLines;
  options.reject = true;
  return options;
}

// Sources that each meet another fate, of both families.
void decide(const Filter& filter) {
  sluice_decision over = throttle_until(in_an_hour(), 1, 1);
  over.tat_ns = in_an_hour();
  const sluice_decision within = throttle_until(in_an_hour(), 1'000'000, 1'000'000);
  for (const char* blocked : {"192.0.2.66", "203.0.0.0/17", "2001:db8:66::/64", "2a00::/20"})
    filter.put(Table::decisions, prefix(blocked), drop_until(in_an_hour()));
  for (const char* source : {"192.0.2.67", "2001:db8:67::/64"})
    filter.put(Table::decisions, prefix(source), over);
  for (const char* source : {"192.0.2.68", "2001:db8:68::/64"})
    filter.put(Table::decisions, prefix(source), within);
  for (const char* source : {"203.0.113.0/24", "2a00:1::/32"})
    filter.put(Table::allow, prefix(source), allow_until(kNever));
  publish(filter, compile({{"198.51.100.0/24", 2},
                           {"198.51.100.7", 1},
                           {"198.51.101.1", 3},
                           {"198.51.101.2", 3},
                           {"2001:db9::/32", 2},
                           {"2001:db9:7::/48", 1},
                           {"2001:dc0::/28", 2},
                           {"2001:dd0:8::/48", 3},
                           {"2001:dd0:9::/64", 3}},
                          kEachAction));
}

TEST_F(PathTest, WhateverDecidesDecidesForBoth) {
  for (const sluice_scope scope : {SLUICE_SCOPE_PORTS, SLUICE_SCOPE_ALL}) {
    const Filter filter(options(scope));
    decide(filter);
    for (const char* source : {"192.0.2.66", "203.0.0.1", "2001:db8:66::1", "2a00:f::1"})
      expect_web(filter, source, SLUICE_DROP_DECISION);
    for (const char* source : {"192.0.2.67", "2001:db8:67::1"})
      expect_web(filter, source, SLUICE_DROP_OVER_RATE);
    for (const char* source : {"192.0.2.68", "2001:db8:68::1"})
      expect_web(filter, source, SLUICE_PASS_WITHIN_RATE);
    for (const char* source : {"203.0.113.5", "2a00:1::5"})
      expect_web(filter, source, SLUICE_PASS_ALLOWED);
    for (const char* source : {"198.51.100.9", "2001:db9::9", "2001:db9:a::9", "2001:dcf::9"})
      expect_web(filter, source, SLUICE_DROP_LISTED);
    for (const char* source : {"198.51.100.7", "2001:db9:7::9"})
      expect_web(filter, source, SLUICE_PASS_LISTED);
    for (const char* source : {"192.0.2.1", "2001:db8::1"})
      expect_web(filter, source, SLUICE_PASS_DEFAULT);
  }
}

// The source may send one packet: the path that comes first takes it, and the other path finds nothing left.
TEST_F(PathTest, BothTakeFromTheSameRates) {
  FilterOptions limited = options(SLUICE_SCOPE_PORTS);
  limited.limits = {{.port = 0, .reserved = 0, .packets = {kHour, 0}, .bytes = {}, .attempts = {}}};
  const Filter filter(limited);
  decide(filter);
  for (const bool whole_first : {true, false}) {
    const auto expect = [&](const std::string& source, sluice_reason first, sluice_reason second) {
      const Bytes whole = (network_of(source) / Tcp{} / Payload{Bytes(8)}).bytes();
      const Bytes cut(whole.begin(), whole.end() - 1);
      expect_fate(filter, whole_first ? whole : cut, first, source);
      expect_fate(filter, whole_first ? cut : whole, second, source);
    };
    expect(whole_first ? "192.0.2.1" : "192.0.2.2", SLUICE_PASS_DEFAULT, SLUICE_DROP_LIMIT_PACKETS);
    expect(whole_first ? "2001:db8:1::1" : "2001:db8:2::1", SLUICE_PASS_DEFAULT, SLUICE_DROP_LIMIT_PACKETS);
    expect(whole_first ? "198.51.101.1" : "198.51.101.2", SLUICE_PASS_WITHIN_RATE, SLUICE_DROP_LIST_RATE);
    expect(whole_first ? "2001:dd0:8::1" : "2001:dd0:9::1", SLUICE_PASS_WITHIN_RATE, SLUICE_DROP_LIST_RATE);
  }
}

TEST_F(PathTest, ScopeAndControlMessagesAreAlikeForBoth) {
  const Filter ports(options(SLUICE_SCOPE_PORTS));
  decide(ports);
  for (const char* source : {"192.0.2.66", "2001:db8:66::1"}) {
    expect_both(ports, network_of(source) / Tcp{.dport = 22} / Payload{Bytes(8)}, SLUICE_PASS_OUT_OF_SCOPE,
                source);
    expect_both(ports, network_of(source) / Udp{.dport = 443} / Payload{Bytes(8)}, SLUICE_DROP_DECISION,
                source);
  }
  const Filter all(options(SLUICE_SCOPE_ALL));
  decide(all);
  Bytes too_big = (network_of("2001:db8:66::1") / Icmp{.protocol = 58} / Payload{Bytes(8)}).bytes();
  too_big[14 + 40] = 2;
  expect_fate(all, too_big, SLUICE_PASS_CONTROL);
  too_big.pop_back();
  expect_fate(all, too_big, SLUICE_PASS_CONTROL);
}

}  // namespace
}  // namespace sluice::test
