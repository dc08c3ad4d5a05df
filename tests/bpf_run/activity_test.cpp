// SPDX-License-Identifier: Apache-2.0
// What the filter reports of a source: whom, what, how often, and what it says when a report cannot be kept
// or sent.
#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "tests/bpf_run/lists.h"

namespace sluice::test {
namespace {

using ActivityTest = RunTest;
using Records = std::vector<sluice_activity_record>;

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kPatience = 5'000 * kMillisecond;

Bytes tcp_from(const std::string& source, std::uint8_t flags, std::uint16_t port = 80) {
  return (Ethernet{} / Ipv4{.source = source} / Tcp{.dport = port, .flags = flags}).bytes();
}

sluice_source_key key_of(const std::string& text) {
  sluice_source_key key{};
  const Address address = Address::parse(text).value();
  key.family = static_cast<std::uint32_t>(address.family());
  std::memcpy(key.addr_be, address.bytes().data(), address.bytes().size());
  return key;
}

bool equal(const sluice_source_key& left, const sluice_source_key& right) {
  return std::memcmp(&left, &right, sizeof(left)) == 0;
}

// Sends the frame until there are reports; how often it was sent is added to `sent`.
Records send_until_reported(const Filter& filter, const Bytes& frame, std::uint64_t& sent) {
  const std::uint64_t deadline = kernel_now().ns + kPatience;
  Records records;
  while (records.empty() && kernel_now().ns < deadline) {
    filter.run(frame);
    ++sent;
    records = filter.take_records();
  }
  return records;
}

TEST_F(ActivityTest, ARecordSaysWhatTheSourceDidSinceTheLast) {
  const Filter filter({.report_interval = Nanoseconds(30 * kMillisecond)});
  const std::uint64_t start = kernel_now().ns;
  const Bytes syn = tcp_from("203.0.113.10", kSyn);
  for (const Bytes& frame : {syn, syn, tcp_from("203.0.113.10", kSyn | kAck), tcp_from("203.0.113.10", 0)})
    filter.run(frame);
  const Bytes ack = tcp_from("203.0.113.10", kAck);
  std::uint64_t sent = 4;
  const Records records = send_until_reported(filter, ack, sent);
  ASSERT_EQ(records.size(), 1u);
  const sluice_activity_record& record = records[0];
  EXPECT_TRUE(equal(record.source, key_of("203.0.113.10")));
  EXPECT_EQ(record.reserved, 0u);
  EXPECT_EQ(record.activity.packets, sent);
  EXPECT_EQ(record.activity.bytes, sent * ack.size());
  EXPECT_EQ(record.activity.attempts, 2u) << "SYN with ACK is an answer, no attempt";
  EXPECT_GE(record.head.time_ns, record.activity.since_ns + 30 * kMillisecond);
  // The coarse clock is up to a tick (10 ms at most) behind.
  EXPECT_GE(record.activity.since_ns + 10 * kMillisecond, start);
  EXPECT_LE(record.head.time_ns, kernel_now().ns);

  std::uint64_t more = 0;
  const Records next = send_until_reported(filter, ack, more);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].activity.packets, more) << "the sums began anew";
  EXPECT_EQ(next[0].activity.attempts, 0u);
  // Ticks say how long it was, so that the beginning may be off by one of them (10 ms at most).
  const std::uint64_t gap = std::max(next[0].activity.since_ns, record.head.time_ns) -
                            std::min(next[0].activity.since_ns, record.head.time_ns);
  EXPECT_LE(gap, 10 * kMillisecond) << "no time is left out";
}

TEST_F(ActivityTest, OneReportAnIntervalAndSourceAtMost) {
  const Filter filter({.report_interval = Nanoseconds(20 * kMillisecond)});
  const std::uint64_t start = kernel_now().ns;
  std::map<std::uint32_t, Records> by_source;
  const auto has_five = [](const auto& each) { return each.second.size() >= 5; };
  while (by_source.size() < 2 || !std::all_of(by_source.begin(), by_source.end(), has_five)) {
    ASSERT_LT(kernel_now().ns, start + kPatience);
    for (const char* source : {"203.0.113.10", "203.0.113.11"})
      filter.run(tcp_from(source, kAck), 100);
    for (const auto& record : filter.take_records())
      by_source[record.source.addr_be[0]].push_back(record);
  }
  EXPECT_EQ(by_source.size(), 2u);
  for (const auto& [source, records] : by_source)
    for (std::size_t i = 1; i < records.size(); ++i)
      EXPECT_GE(records[i].head.time_ns - records[i - 1].head.time_ns, 20 * kMillisecond);
  EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], 2u);
}

TEST_F(ActivityTest, AnIntervalOfZeroReportsNothing) {
  const Filter off;
  off.run(tcp_from("203.0.113.10", kSyn), 1000);
  EXPECT_TRUE(off.take_records().empty());
  EXPECT_EQ(off.events()[SLUICE_SOURCES_MADE], 0u);
  const Filter on({.report_interval = Nanoseconds(1)});
  on.run(tcp_from("203.0.113.10", kSyn));
  EXPECT_EQ(on.events()[SLUICE_SOURCES_MADE], 1u);
}

// Who is dropped by a decision or a list is known already, and counted there.
TEST_F(ActivityTest, CountsWhatIsInScopeExceptTheAllowedAndWhatWasDecidedToDrop) {
  const Filter filter({.report_interval = Nanoseconds(1)});
  filter.put(Table::decisions, prefix("203.0.113.66"), drop_until(in_an_hour()));
  filter.put(Table::decisions, prefix("203.0.113.88"), throttle_until(in_an_hour(), 1, 2));
  sluice_decision exhausted = throttle_until(in_an_hour(), 1, 1);
  exhausted.tat_ns = in_an_hour();
  filter.put(Table::decisions, prefix("203.0.113.89"), exhausted);
  filter.put(Table::allow, prefix("203.0.113.77"), allow_until(kNever));
  const auto sources_after = [&](const Bytes& frame) {
    filter.run(frame, 2);
    return filter.events()[SLUICE_SOURCES_MADE];
  };
  EXPECT_EQ(sources_after(tcp_from("203.0.113.77", kSyn)), 0u) << "allowed";
  EXPECT_EQ(sources_after(tcp_from("203.0.113.10", kSyn, 22)), 0u) << "out of scope";
  EXPECT_EQ(sources_after((Ethernet{} / Ipv4{} / Icmp{}).bytes()), 0u) << "out of scope";
  EXPECT_EQ(sources_after(Bytes(30)), 0u) << "not IP";
  EXPECT_EQ(sources_after(tcp_from("203.0.113.10", kSyn)), 1u) << "default";
  EXPECT_EQ(sources_after(tcp_from("203.0.113.66", kSyn)), 1u) << "dropped";
  EXPECT_EQ(sources_after(tcp_from("203.0.113.89", kSyn)), 1u) << "throttled, over the rate";
  EXPECT_EQ(sources_after(tcp_from("203.0.113.88", kSyn)), 2u) << "throttled, within it";
  EXPECT_EQ(filter.counters()[SLUICE_DROP_DECISION].packets, 2u);
  EXPECT_EQ(filter.counters()[SLUICE_PASS_WITHIN_RATE].packets, 2u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_OVER_RATE].packets, 2u);
}

TEST_F(ActivityTest, ListsDropWithoutAReportAndThrottleAsDecisionsDo) {
  constexpr std::uint64_t kHour = 3'600'000'000'000;
  constexpr std::array rules{lists::Rule{1, SLUICE_DROP}, lists::Rule{2, SLUICE_THROTTLE, kHour, kHour},
                             lists::Rule{3, SLUICE_ALLOW}};
  const Filter filter({.report_interval = Nanoseconds(1), .list_lines = kListLines});
  publish(filter, compile({{"203.0.113.66", 1}, {"203.0.113.88", 2}, {"203.0.113.77", 3}}, rules));
  const auto sources_after = [&](const char* source, std::uint32_t packets) {
    filter.run(tcp_from(source, kSyn), packets);
    return filter.events()[SLUICE_SOURCES_MADE];
  };
  EXPECT_EQ(sources_after("203.0.113.66", 2), 0u) << "dropped";
  EXPECT_EQ(sources_after("203.0.113.77", 2), 0u) << "allowed";
  // Two within the rate, which is kept by source too: that is another entry of the table.
  EXPECT_EQ(sources_after("203.0.113.88", 2), 2u) << "throttled, within the rate";
  const auto before = filter.take_records();
  std::uint64_t told = 0;
  for (const auto& record : before)
    told += record.activity.packets;
  EXPECT_LE(told, 2u);
  EXPECT_EQ(sources_after("203.0.113.88", 50), 2u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_LIST_RATE].packets, 50u);
  EXPECT_TRUE(filter.take_records().empty()) << "over the rate";
}

// The limits are nobody's decision yet: who exceeds them is what the daemon wants to know.
TEST_F(ActivityTest, WhatALimitDropsIsReported) {
  constexpr std::uint64_t kHour = 3'600'000'000'000;
  FilterOptions options{.report_interval = Nanoseconds(30 * kMillisecond)};
  options.limits = {{.port = 0, .reserved = 0, .packets = {kHour, 0}, .bytes = {}, .attempts = {}}};
  const Filter filter(options);
  std::uint64_t sent = 0;
  const Records records = send_until_reported(filter, tcp_from("203.0.113.10", kAck), sent);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].activity.packets, sent);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_LIMIT_PACKETS].packets, sent - 1);
}

TEST_F(ActivityTest, CutsIpv6SourcesToTheConfiguredLength) {
  struct Setting {
    std::uint32_t length;
    const char* other;  // the same source as 2001:db8:1:2:a:b:c:d
    const char* network;
    const char* neighbour;  // another source
  };
  for (const Setting& setting :
       {Setting{64, "2001:db8:1:2::1", "2001:db8:1:2::", "2001:db8:1:3::1"},
        Setting{48, "2001:db8:1:ffff::1", "2001:db8:1::", "2001:db8:2::1"},
        Setting{96, "2001:db8:1:2:a:b:ffff:1", "2001:db8:1:2:a:b::", "2001:db8:1:2:a:c:c:d"},
        Setting{128, "2001:db8:1:2:a:b:c:d", "2001:db8:1:2:a:b:c:d", "2001:db8:1:2:a:b:c:c"}}) {
    const Filter filter({.report_interval = Nanoseconds(1), .ipv6_source_length = setting.length});
    const auto frame = [](const char* source) {
      return (Ethernet{} / Ipv6{.source = source} / Udp{}).bytes();
    };
    filter.run(frame("2001:db8:1:2:a:b:c:d"));
    filter.run(frame(setting.other));
    EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], 1u) << setting.length;
    filter.run(frame(setting.neighbour));
    EXPECT_EQ(filter.events()[SLUICE_SOURCES_MADE], 2u) << setting.length;
    std::uint64_t sent = 0;
    bool found = false;
    for (const auto& record : send_until_reported(filter, frame(setting.other), sent))
      found |= equal(record.source, key_of(setting.network));
    EXPECT_TRUE(found) << setting.length;
  }
}

// Returns when the filter's clock for reports has moved on by two ticks, of which the first may have been the
// end of one, so that an interval of a nanosecond is over; and what it reads.
std::uint64_t let_the_clock_tick() {
  const auto coarse_now = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  };
  std::uint64_t now = coarse_now();
  for (int ticks = 0; ticks < 3; ++ticks) {
    const std::uint64_t before = now;
    for (; now == before; now = coarse_now())
      std::this_thread::yield();
  }
  return now;
}

// A page of ring buffer holds 51 records of 80 bytes with their headers, so of 100 sources some find it full.
// What they did is not lost: it is in their next report, which says since when.
TEST_F(ActivityTest, AFullRingBufferIsCountedAndTheSumsKept) {
  const Filter filter({.report_interval = Nanoseconds(1), .record_bytes = 4096});
  const auto source = [](unsigned i) { return "203.0.113." + std::to_string(i); };
  const auto send_from_each = [&] {
    for (unsigned i = 0; i < 100; ++i)
      filter.run(tcp_from(source(i), kSyn));
  };
  send_from_each();
  EXPECT_TRUE(filter.take_records().empty()) << "a source's first packet begins its first interval";
  const std::uint64_t second_round = let_the_clock_tick();
  send_from_each();
  std::set<std::uint32_t> reported;
  for (const auto& record : filter.take_records())
    reported.insert(record.source.addr_be[0]);
  EXPECT_LE(reported.size(), 51u);
  const std::uint64_t lost = filter.events()[SLUICE_REPORTS_LOST];
  EXPECT_EQ(lost, 100 - reported.size());
  let_the_clock_tick();
  for (unsigned i = 0; i < 100; ++i) {
    if (reported.contains(key_of(source(i)).addr_be[0])) continue;
    filter.run(tcp_from(source(i), kSyn));
    const Records records = filter.take_records();
    ASSERT_EQ(records.size(), 1u) << source(i);
    EXPECT_EQ(records[0].activity.packets, 3u) << "with those of the report that was lost";
    EXPECT_EQ(records[0].activity.attempts, 3u);
    EXPECT_LT(records[0].activity.since_ns, second_round) << "and their time";
  }
}

TEST_F(ActivityTest, MoreSourcesThanRoomForgetsTheOldestAndCountsAll) {
  const Filter filter({.report_interval = Nanoseconds(1'000'000 * kMillisecond), .source_sets = 8});
  for (unsigned i = 0; i < 2000; ++i)
    filter.run(tcp_from("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), kSyn));
  const auto losses = filter.events();
  EXPECT_EQ(losses[SLUICE_SOURCES_MADE] + losses[SLUICE_SOURCES_REFUSED], 2000u);
  EXPECT_GT(losses[SLUICE_SOURCES_MADE], 128u);
  EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, 2000u) << "no verdict hangs on it";
}

// CPUs that add and report at the same time neither lose a packet nor report one twice.
TEST_F(ActivityTest, SumsAreExactAcrossCpus) {
  const Filter filter({.report_interval = Nanoseconds(1)});
  const Bytes frame = tcp_from("203.0.113.10", kSyn);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 2; ++i)
      threads.emplace_back([&] { filter.run(frame, 500'000); });
  }
  std::uint64_t sent = 1'000'000;
  std::uint64_t packets = 0;
  std::uint64_t attempts = 0;
  const auto add = [&](const Records& records) {
    for (const auto& record : records) {
      packets += record.activity.packets;
      attempts += record.activity.attempts;
    }
  };
  add(filter.take_records());
  add(send_until_reported(filter, frame, sent));
  EXPECT_EQ(packets, sent);
  EXPECT_EQ(attempts, sent);
}

}  // namespace
}  // namespace sluice::test
