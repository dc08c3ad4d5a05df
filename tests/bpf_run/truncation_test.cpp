// SPDX-License-Identifier: Apache-2.0
// Sample frames of a blocked source cut at every byte: none is dropped before its source can be read, each is
// dropped from there on, whatever behind it cannot be read, and no run is aborted.
#include <vector>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

struct Sample {
  std::string name;
  Packet packet;
  std::size_t address_end;  // bytes up to the end of the fixed part of the IP header
};

void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.name;
}

std::vector<Sample> samples() {
  const Ipv4 v4{.source = "192.0.2.66"};
  const Ipv4 options{.source = "192.0.2.66", .option_bytes = 24};
  const Ipv4 later{.source = "192.0.2.66", .protocol = 17, .fragment_offset = 185};
  const Ipv4 first{.source = "192.0.2.66", .more_fragments = true};
  const Ipv6 v6{.source = "2001:db8:66::1"};
  return {
      {"Ipv4Tcp", Ethernet{} / v4 / Tcp{} / Payload{Bytes(20)}, 34},
      {"Ipv4Udp", Ethernet{} / v4 / Udp{} / Payload{Bytes(20)}, 34},
      {"Ipv4Options", Ethernet{} / options / Tcp{}, 34},
      {"Ipv4LaterFragment", Ethernet{} / later / Payload{Bytes(20)}, 34},
      {"Ipv4FirstFragment", Ethernet{} / first / Tcp{}, 34},
      {"VlanIpv4", Ethernet{} / Vlan{} / v4 / Tcp{}, 38},
      {"TwoVlansIpv4Options", Ethernet{} / Vlan{.tag_type = 0x88a8} / Vlan{} / options / Udp{}, 42},
      {"Ipv6Tcp", Ethernet{} / v6 / Tcp{} / Payload{Bytes(20)}, 54},
      {"TwoVlansIpv6Udp", Ethernet{} / Vlan{} / Vlan{} / v6 / Udp{}, 62},
      {"Ipv6HopByHop", Ethernet{} / v6 / Extension{.kind = 0, .extra_units = 2} / Tcp{}, 54},
      {"Ipv6Chain",
       Ethernet{} / v6 / Extension{.kind = 0} / Extension{.kind = 43, .extra_units = 1} / Extension{} /
           Fragment{} / Authentication{.extra_words = 2} / Udp{},
       54},
      {"Ipv6LaterFragment", Ethernet{} / v6 / Extension{} / Fragment{.offset = 9} / Payload{Bytes(20)}, 54},
      {"Ipv6FirstFragment", Ethernet{} / v6 / Fragment{.more = true} / Tcp{}, 54},
  };
}

class TruncationTest : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override { SLUICE_SKIP_UNLESS_ROOT(); }

  static void expect_dropped_from(sluice_scope scope, const Bytes& frame, std::size_t enough) {
    const Filter filter({.scope = scope});
    filter.put(Table::decisions, prefix("192.0.2.66"), drop_until(in_an_hour()));
    filter.put(Table::decisions, prefix("2001:db8:66::/64"), drop_until(in_an_hour()));
    ASSERT_LE(enough, frame.size());
    for (std::size_t size = 0; size <= frame.size(); ++size)
      EXPECT_EQ(filter.run({frame.data(), size}).verdict, size < enough ? XDP_PASS : XDP_DROP)
          << size << " bytes";
    const auto counters = filter.counters();
    EXPECT_EQ(counters[SLUICE_DROP_DECISION].packets, frame.size() + 1 - enough);
    EXPECT_EQ(counters[SLUICE_PASS_TRUNCATED_ETHERNET].packets, 14u);
    std::uint64_t all = 0;
    for (const sluice_counter& counter : counters)
      all += counter.packets;
    EXPECT_EQ(all, frame.size() + 1) << "every frame is counted once";
  }
};

TEST_P(TruncationTest, ScopePorts) {
  expect_dropped_from(SLUICE_SCOPE_PORTS, GetParam().packet.bytes(), GetParam().address_end);
}

TEST_P(TruncationTest, ScopeAll) {
  expect_dropped_from(SLUICE_SCOPE_ALL, GetParam().packet.bytes(), GetParam().address_end);
}

INSTANTIATE_TEST_SUITE_P(Samples, TruncationTest, testing::ValuesIn(samples()),
                         [](const auto& sample) { return sample.param.name; });

}  // namespace
}  // namespace sluice::test
