// SPDX-License-Identifier: Apache-2.0
// What is read of frames of every kind, whole and cut off at every byte.
#include "daemon/kernel/events/frame.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/packet.h"

namespace sluice::kernel {
namespace {

using test::Authentication;
using test::Bytes;
using test::Ethernet;
using test::Extension;
using test::Fragment;
using test::Icmp;
using test::Ipv4;
using test::Ipv6;
using test::Packet;
using test::Payload;
using test::Tcp;
using test::Udp;
using test::Vlan;

constexpr std::size_t kTcp = 20;
constexpr std::size_t kPorts = 4;

struct Kind {
  const char* name;
  Packet packet;
  std::size_t network_end;  // where the fixed part of the IP header ends
  int protocol;             // of the whole frame
  bool ports = true;
  std::size_t transport_at = 0;  // where there are ports
};

Packet with_extensions(int count) {
  Packet packet = Ethernet{} / Ipv6{};
  for (int i = 0; i < count; ++i)
    packet = packet / Extension{};
  return packet / Tcp{};
}

std::vector<Kind> kinds() {
  return {
      {"IPv4, TCP", Ethernet{} / Ipv4{} / Tcp{} / Payload{{1, 2, 3}}, 34, 6, true, 34},
      {"IPv4, UDP", Ethernet{} / Ipv4{} / Udp{.dport = 80}, 34, 17, true, 34},
      {"IPv4 with options", Ethernet{} / Ipv4{.option_bytes = 40} / Tcp{}, 34, 6, true, 74},
      {"IPv4, first fragment", Ethernet{} / Ipv4{.more_fragments = true} / Tcp{}, 34, 6, true, 34},
      {"IPv4, later fragment", Ethernet{} / Ipv4{.fragment_offset = 1} / Tcp{}, 34, 6, false},
      {"IPv4, ICMP", Ethernet{} / Ipv4{} / Icmp{}, 34, 1, false},
      {"IPv4, a header of 16 bytes", Ethernet{} / Ipv4{.header_words = std::uint8_t{4}} / Tcp{}, 34, 6,
       false},
      {"VLAN", Ethernet{} / Vlan{} / Ipv4{} / Tcp{}, 38, 6, true, 38},
      {"two VLANs", Ethernet{} / Vlan{.tag_type = 0x88a8} / Vlan{} / Ipv6{} / Tcp{}, 62, 6, true, 62},
      {"IPv6, TCP", Ethernet{} / Ipv6{} / Tcp{}, 54, 6, true, 54},
      {"IPv6, UDP", Ethernet{} / Ipv6{} / Udp{.dport = 80}, 54, 17, true, 54},
      {"IPv6, ICMP", Ethernet{} / Ipv6{} / Icmp{.protocol = 58}, 54, 58, false},
      {"IPv6, every extension header",
       Ethernet{} / Ipv6{} / Extension{.kind = 0, .extra_units = 2} / Extension{.kind = 43} / Fragment{} /
           Authentication{} / Extension{.kind = 60, .extra_units = 1} / Tcp{},
       54, 6, true, 54 + 24 + 8 + 8 + 24 + 16},
      {"IPv6, eight extension headers", with_extensions(8), 54, 6, true, 54 + 64},
      {"IPv6, nine extension headers", with_extensions(9), 54, 60, false},
      {"IPv6, later fragment", Ethernet{} / Ipv6{} / Fragment{.offset = 1} / Tcp{}, 54, 6, false},
  };
}

// The first `size` bytes of a frame, in memory of their own: a read beyond them is one that a sanitizer sees.
std::optional<FrameSummary> summary_of(const Bytes& frame, std::size_t size) {
  const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
  return summarize(cut);
}

TEST(Frame, EveryKindSaysWhatItHolds) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto summary = summarize(kind.packet.bytes());
    ASSERT_TRUE(summary);
    const bool is_v4 = summary->source.family() == Family::ipv4;
    EXPECT_EQ(summary->source.to_string(), is_v4 ? "192.0.2.1" : "2001:db8::1");
    EXPECT_EQ(summary->destination.to_string(), is_v4 ? "198.51.100.1" : "2001:db8:ffff::1");
    EXPECT_EQ(summary->protocol, kind.protocol);
    EXPECT_EQ(summary->source_port, kind.ports ? std::optional<std::uint16_t>(40000) : std::nullopt);
    EXPECT_EQ(summary->destination_port, kind.ports ? std::optional<std::uint16_t>(80) : std::nullopt);
    EXPECT_EQ(summary->sequence.has_value(), kind.ports && kind.protocol == 6);
  }
}

TEST(Frame, CutOffAnywhereItSaysWhatIsLeft) {
  for (const Kind& kind : kinds()) {
    const Bytes frame = kind.packet.bytes();
    const auto whole = summarize(frame);
    ASSERT_TRUE(whole);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      SCOPED_TRACE(testing::Message() << kind.name << ", " << size << " bytes");
      const auto summary = summary_of(frame, size);
      ASSERT_EQ(summary.has_value(), size >= kind.network_end);
      if (!summary) continue;
      EXPECT_EQ(summary->source, whole->source);
      EXPECT_EQ(summary->destination, whole->destination);
      const bool ports = kind.ports && size >= kind.transport_at + kPorts;
      EXPECT_EQ(summary->source_port, ports ? whole->source_port : std::nullopt);
      EXPECT_EQ(summary->destination_port, ports ? whole->destination_port : std::nullopt);
      const bool sequence = whole->sequence && size >= kind.transport_at + kTcp;
      EXPECT_EQ(summary->sequence, sequence ? whole->sequence : std::nullopt);
    }
  }
}

TEST(Frame, TheSequenceNumberIsInHostOrder) {
  Bytes frame = (Ethernet{} / Ipv4{} / Tcp{}).bytes();
  const Bytes number{0x12, 0x34, 0xab, 0xcd};
  std::ranges::copy(number, frame.begin() + 38);
  EXPECT_EQ(summarize(frame).value().sequence, 0x1234abcdU);
}

TEST(Frame, WhatIsNotIpIsNothing) {
  EXPECT_FALSE(summarize((Ethernet{.type = std::uint16_t{0x0806}} / Payload{Bytes(46)}).bytes()));
  EXPECT_FALSE(summarize((Ethernet{} / Ipv4{.version = 6} / Tcp{}).bytes()));
  EXPECT_FALSE(summarize((Ethernet{} / Ipv6{.version = 4} / Tcp{}).bytes()));
  EXPECT_FALSE(summarize((Ethernet{} / Vlan{} / Vlan{} / Vlan{} / Ipv4{} / Tcp{}).bytes()));
}

}  // namespace
}  // namespace sluice::kernel
