// SPDX-License-Identifier: Apache-2.0
// What the filter does beside passing and dropping: the reset that answers a blocked connection attempt, and
// the control messages that always pass.
#include <algorithm>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using AnswerTest = RunTest;

Filter blocking(bool reject, sluice_scope scope = SLUICE_SCOPE_PORTS) {
  FilterOptions options;
  options.reject = reject;
  options.scope = scope;
  Filter filter(options);
  filter.put(Table::decisions, prefix(kBlocked), drop_until(in_an_hour()));
  filter.put(Table::decisions, prefix(kBlockedV6), drop_until(in_an_hour()));
  return filter;
}

std::uint32_t u32(const Bytes& frame, std::size_t at) {
  return static_cast<std::uint32_t>(frame[at] << 24 | frame[at + 1] << 16 | frame[at + 2] << 8 |
                                    frame[at + 3]);
}

// The ones' complement sum of what a checksum covers, its own field included: 0xffff where it is right.
std::uint32_t sum(std::span<const std::uint8_t> bytes, std::uint32_t start = 0) {
  std::uint64_t total = start;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
  while (total > 0xffff)
    total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint32_t>(total);
}

// The answer to an attempt whose IP header begins at `ip` and has `header` bytes, addresses of `address`
// bytes at `addresses` within it.
void expect_reset(const Bytes& attempt, const Bytes& answer, std::size_t ip, std::size_t header,
                  std::size_t addresses, std::size_t address) {
  const std::size_t tcp = ip + header;
  ASSERT_EQ(answer.size(), attempt.size());
  const auto part = [](const Bytes& frame, std::size_t at, std::size_t size) {
    return Bytes(frame.begin() + static_cast<std::ptrdiff_t>(at),
                 frame.begin() + static_cast<std::ptrdiff_t>(at + size));
  };
  EXPECT_EQ(part(answer, 0, 6), part(attempt, 6, 6));
  EXPECT_EQ(part(answer, 6, 6), part(attempt, 0, 6));
  EXPECT_EQ(part(answer, 12, ip - 12), part(attempt, 12, ip - 12)) << "tags and type";
  EXPECT_EQ(part(answer, ip + addresses, address), part(attempt, ip + addresses + address, address));
  EXPECT_EQ(part(answer, ip + addresses + address, address), part(attempt, ip + addresses, address));
  EXPECT_EQ(part(answer, tcp, 2), part(attempt, tcp + 2, 2));
  EXPECT_EQ(part(answer, tcp + 2, 2), part(attempt, tcp, 2));
  EXPECT_EQ(u32(answer, tcp + 4), 0u);
  EXPECT_EQ(u32(answer, tcp + 8), u32(attempt, tcp + 4) + 1) << "acknowledges the SYN";
  EXPECT_EQ(answer[tcp + 12], 5 << 4) << "no options";
  EXPECT_EQ(answer[tcp + 13], 0x14) << "RST and ACK";
  EXPECT_EQ(part(answer, tcp + 20, answer.size() - tcp - 20),
            part(attempt, tcp + 20, attempt.size() - tcp - 20))
      << "what stood behind is padding, and back where it came from";
  const auto pseudo = sum(std::span(answer).subspan(ip + addresses, 2 * address), 6 + 20);
  EXPECT_EQ(sum(std::span(answer).subspan(tcp, 20), pseudo), 0xffffu) << "the checksum of TCP";
}

TEST_F(AnswerTest, ABlockedAttemptIsAnsweredWithAReset) {
  const Filter filter = blocking(true);
  Bytes attempt = (Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn} / Payload{Bytes(40)}).bytes();
  for (std::size_t i = 0; i < 4; ++i)
    attempt[38 + i] = static_cast<std::uint8_t>(0xf0 + i);  // the sequence number
  const Bytes answer = filter.run_for_answer(attempt);
  expect_reset(attempt, answer, 14, 20, 12, 4);
  EXPECT_EQ(sum(std::span(answer).subspan(14, 20)), 0xffffu) << "the checksum of IP";
  EXPECT_EQ(answer[16] << 8 | answer[17], 20 + 20) << "all else is padding";
  EXPECT_EQ(answer[14 + 8], 64);
  EXPECT_EQ(filter.events()[SLUICE_RESETS_SENT], 1u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_DECISION].packets, 1u) << "and counted as dropped";
}

TEST_F(AnswerTest, SoInIpv6AndBehindTags) {
  const Filter filter = blocking(true);
  const Bytes v6 = (Ethernet{} / Ipv6{.source = kBlockedV6} / Tcp{.flags = kSyn}).bytes();
  expect_reset(v6, filter.run_for_answer(v6), 14, 40, 8, 16);
  EXPECT_EQ(filter.run_for_answer(v6)[14 + 5], 20) << "the length of what follows the header of IPv6";
  const Bytes tagged =
      (Ethernet{} / Vlan{.tag_type = 0x88a8} / Vlan{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn})
          .bytes();
  expect_reset(tagged, filter.run_for_answer(tagged), 22, 20, 12, 4);
}

TEST_F(AnswerTest, NothingElseIsAnswered) {
  const Filter filter = blocking(true);
  const auto silent = [&](const Packet& packet) {
    EXPECT_TRUE(filter.run_for_answer(packet.bytes()).empty());
    EXPECT_EQ(filter.events()[SLUICE_RESETS_SENT], 0u);
  };
  silent(Ethernet{} / Ipv4{.source = kBlocked} / Tcp{});
  silent(Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn | kAck});
  silent(Ethernet{} / Ipv4{.source = kBlocked} / Udp{});
  silent(Ethernet{} / Ipv4{.source = kBlocked, .option_bytes = 8} / Tcp{.flags = kSyn});
  silent(Ethernet{} / Ipv6{.source = kBlockedV6} / Extension{} / Tcp{.flags = kSyn});
  silent(Ethernet{} / Ipv4{.source = "192.0.2.1"} / Tcp{.flags = kSyn});
  // Cut within the header of TCP, but behind its flags.
  Bytes cut = (Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn}).bytes();
  cut.resize(14 + 20 + 14);
  expect_fate(filter, cut, SLUICE_DROP_DECISION);
  EXPECT_EQ(filter.events()[SLUICE_RESETS_SENT], 0u);
  // Longer, as it says, than what there is.
  cut = (Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn} / Payload{Bytes(40)}).bytes();
  cut.resize(cut.size() - 1);
  EXPECT_TRUE(filter.run_for_answer(cut).empty());
  EXPECT_EQ(filter.events()[SLUICE_RESETS_SENT], 0u);
  const Filter quiet = blocking(false);
  expect_fate(quiet, (Ethernet{} / Ipv4{.source = kBlocked} / Tcp{.flags = kSyn}).bytes(),
              SLUICE_DROP_DECISION);
}

// ---- control messages, which matter where every packet is judged ----

Bytes icmp(const Packet& network, std::uint8_t protocol, std::uint8_t type, std::uint8_t code) {
  const std::size_t at = network.bytes().size();
  Bytes frame = (network / Icmp{.protocol = protocol}).bytes();
  frame[at] = type;
  frame[at + 1] = code;
  return frame;
}

TEST_F(AnswerTest, PathMtuAndNeighbourDiscoveryAlwaysPass) {
  const Filter filter = blocking(false, SLUICE_SCOPE_ALL);
  const Packet v4 = Ethernet{} / Ipv4{.source = kBlocked};
  const Packet v6 = Ethernet{} / Ipv6{.source = kBlockedV6};
  expect_fate(filter, icmp(v4, 1, 3, 4), SLUICE_PASS_CONTROL, "fragmentation needed");
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{2, 133, 134, 135, 136, 137})
    expect_fate(filter, icmp(v6, 58, type, 0), SLUICE_PASS_CONTROL, std::to_string(type));
  expect_fate(filter, icmp(v6 / Extension{.kind = 0}, 58, 135, 0), SLUICE_PASS_CONTROL);
  expect_fate(filter, icmp(v4, 1, 8, 0), SLUICE_DROP_DECISION, "echo");
  expect_fate(filter, icmp(v4, 1, 3, 1), SLUICE_DROP_DECISION, "host unreachable");
  expect_fate(filter, icmp(v6, 58, 128, 0), SLUICE_DROP_DECISION, "echo");
  expect_fate(filter, icmp(v6, 58, 138, 0), SLUICE_DROP_DECISION);
  expect_fate(filter, icmp(v4, 58, 135, 0), SLUICE_DROP_DECISION, "ICMPv6 is none in IPv4");
  expect_fate(filter, icmp(v6, 1, 3, 4), SLUICE_DROP_DECISION, "nor the other way round");
}

TEST_F(AnswerTest, UnderPortsNoIcmpIsJudged) {
  const Filter filter = blocking(false);
  expect_fate(filter, icmp(Ethernet{} / Ipv4{.source = kBlocked}, 1, 8, 0), SLUICE_PASS_OUT_OF_SCOPE);
}

}  // namespace
}  // namespace sluice::test
