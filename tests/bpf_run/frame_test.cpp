// SPDX-License-Identifier: Apache-2.0
// Copies of frames: samples and captures of what is dropped, TLS hellos of what passes; and what bounds them.
#include <algorithm>

#include <fmt/format.h>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using FrameTest = RunTest;

Bytes blocked(std::size_t payload) {
  return (Ethernet{} / Ipv4{.source = kBlocked} / Tcp{} / Payload{Bytes(payload, 0x5a)}).bytes();
}

Filter blocking() {
  Filter filter;
  filter.put(Table::decisions, prefix(kBlocked), drop_until(in_an_hour()));
  return filter;
}

TEST_F(FrameTest, WithoutCreditNothingIsCopied) {
  const Filter filter = blocking();
  filter.run(blocked(10), 100);
  EXPECT_TRUE(filter.take_frames().empty());
}

TEST_F(FrameTest, ASampleIsTheBeginningOfADroppedFrame) {
  const Filter filter = blocking();
  filter.watch().samples = 10;
  const Bytes frame = blocked(600);
  const std::uint64_t before = just_now();
  filter.run(frame);
  filter.run((Ethernet{} / Ipv4{} / Tcp{}).bytes());
  const auto frames = filter.take_frames();
  ASSERT_EQ(frames.size(), 1u) << "what passes is not copied";
  const auto& [record, bytes] = frames[0];
  EXPECT_EQ(record.head.type, SLUICE_RECORD_SAMPLE);
  EXPECT_EQ(record.reason, SLUICE_DROP_DECISION);
  EXPECT_EQ(record.frame_bytes, frame.size());
  EXPECT_GE(record.head.time_ns, before);
  EXPECT_LE(record.head.time_ns, just_now());
  EXPECT_EQ(bytes, Bytes(frame.begin(), frame.begin() + SLUICE_SAMPLE_BYTES));
  EXPECT_EQ(filter.watch().samples, 9);
}

TEST_F(FrameTest, ACaptureIsTheWholeFrame) {
  const Filter filter = blocking();
  filter.watch().captures = 100;
  filter.watch().samples = 100;
  for (const std::size_t payload : {0u, 1u, 600u, 1400u}) {
    filter.run(blocked(payload));
    const auto frames = filter.take_frames();
    ASSERT_EQ(frames.size(), 1u) << "as a capture and not as a sample too";
    EXPECT_EQ(frames[0].record.head.type, SLUICE_RECORD_CAPTURE);
    EXPECT_EQ(frames[0].bytes, blocked(payload));
  }
  filter.run(blocked(1800));
  const auto frames = filter.take_frames();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].bytes.size(), std::size_t{SLUICE_FRAME_BYTES});
  EXPECT_EQ(frames[0].record.frame_bytes, blocked(1800).size());
}

TEST_F(FrameTest, CreditEnds) {
  const Filter filter = blocking();
  filter.watch().samples = 3;
  filter.run(blocked(10), 100);
  EXPECT_EQ(filter.take_frames().size(), 3u);
  EXPECT_EQ(filter.watch().samples, 0);
}

TEST_F(FrameTest, AFullRingBufferIsCounted) {
  const Filter filter = blocking();
  filter.watch().captures = 10'000;
  filter.run(blocked(10), 2'000);
  const auto copied = filter.take_frames().size();
  EXPECT_GT(copied, 500u);
  EXPECT_EQ(filter.events()[SLUICE_FRAMES_LOST], 2'000 - copied);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_DECISION].packets, 2'000u);
}

// ---- TLS hellos ----

// A record of so many bytes that begins a hello.
Bytes hello(std::size_t bytes) {
  Bytes record(bytes, 0xaa);
  const std::size_t length = bytes - 5;
  const Bytes head{22, 3, 1, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), 1};
  std::copy(head.begin(), head.end(), record.begin());
  return record;
}

Bytes segment(const Packet& network, std::uint32_t sequence, const Bytes& payload, std::uint16_t port = 443,
              std::uint16_t sport = 40000) {
  Bytes frame = (network / Tcp{.sport = sport, .dport = port} / Payload{payload}).bytes();
  const std::size_t tcp = frame.size() - payload.size() - 20;
  for (unsigned i = 0; i < 4; ++i)
    frame[tcp + 4 + i] = static_cast<std::uint8_t>(sequence >> (24 - 8 * i));
  return frame;
}

Packet v4(const char* source = "192.0.2.1") {
  return Ethernet{} / Ipv4{.source = source};
}

Filter listening(sluice_rate rate = {}, std::int64_t credit = 1000) {
  FilterOptions options;
  options.hellos = true;
  options.hello_rate = rate;
  Filter filter(options);
  filter.watch().hellos = credit;
  return filter;
}

// The payloads of the hellos that were copied.
std::vector<Bytes> payloads(const Filter& filter) {
  std::vector<Bytes> taken;
  for (const auto& [record, bytes] : filter.take_frames()) {
    EXPECT_EQ(record.head.type, SLUICE_RECORD_HELLO);
    taken.emplace_back(bytes.begin() + record.payload_at, bytes.end());
  }
  return taken;
}

TEST_F(FrameTest, AHelloIsCopied) {
  const Filter filter = listening();
  for (const Packet& network :
       {v4(), Ethernet{} / Vlan{} / Ipv4{}, Ethernet{} / Ipv4{.option_bytes = 12},
        Packet(Ethernet{} / Ipv6{}), Ethernet{} / Vlan{.tag_type = 0x88a8} / Vlan{} / Ipv6{} / Extension{}}) {
    filter.run(segment(network, 1, hello(517)));
    EXPECT_EQ(payloads(filter), std::vector<Bytes>{hello(517)});
  }
  EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, 5u);
}

TEST_F(FrameTest, NothingElseIs) {
  const Filter filter = listening();
  Bytes other = hello(200);
  other[0] = 23;  // application data
  filter.run(segment(v4(), 1, other));
  other = hello(200);
  other[5] = 2;  // a server's hello
  filter.run(segment(v4(), 1, other));
  filter.run(segment(v4(), 1, Bytes{22, 3, 1, 0, 1}));  // too short to tell
  filter.run(segment(v4(), 1, {}));
  filter.run(segment(v4(), 1, hello(200), 22));
  filter.run((Ethernet{} / Ipv4{} / Udp{.dport = 443} / Payload{hello(200)}).bytes());
  EXPECT_TRUE(payloads(filter).empty());
  const Filter off;
  off.watch().hellos = 100;
  off.run(segment(v4(), 1, hello(200)));
  EXPECT_TRUE(off.take_frames().empty());
}

TEST_F(FrameTest, NotOfThoseWhoAreBlocked) {
  const Filter filter = listening();
  filter.put(Table::decisions, prefix("192.0.2.1"), drop_until(in_an_hour()));
  filter.run(segment(v4(), 1, hello(200)));
  EXPECT_TRUE(payloads(filter).empty());
}

TEST_F(FrameTest, AHelloThatGoesOnIsFollowed) {
  const Filter filter = listening();
  const Bytes whole = hello(3000);
  const auto part = [&](std::size_t from, std::size_t to) {
    return Bytes(whole.begin() + static_cast<std::ptrdiff_t>(from),
                 whole.begin() + static_cast<std::ptrdiff_t>(to));
  };
  filter.run(segment(v4(), 0xffffff00, part(0, 1200)));
  filter.run(segment(v4("192.0.2.2"), 0xffffff00 + 1200, part(1200, 2400)));   // another client
  filter.run(segment(v4(), 0xffffff00 + 1300, part(1300, 2400)));              // out of order
  filter.run(segment(v4(), 0xffffff00 + 1200, part(1200, 2400), 443, 40001));  // another flow
  filter.run(segment(v4(), 0xffffff00 + 1200, part(1200, 2400)));  // beyond the end of the numbers
  filter.run(segment(v4(), 0xffffff00 + 2400, part(2400, 3000)));
  filter.run(segment(v4(), 0xffffff00 + 3000, Bytes(100, 1)));  // what follows the hello
  EXPECT_EQ(payloads(filter), (std::vector<Bytes>{part(0, 1200), part(1200, 2400), part(2400, 3000)}));
}

TEST_F(FrameTest, AnEndlessHelloIsFollowedSoFarOnly) {
  const Filter filter = listening();
  Bytes begin = hello(1400);
  begin[3] = 0xff;
  begin[4] = 0xff;
  std::uint32_t sequence = 1;
  filter.run(segment(v4(), sequence, begin));
  for (int i = 0; i < 10; ++i)
    filter.run(segment(v4(), sequence += 1400, Bytes(1400)));
  EXPECT_EQ(payloads(filter).size(), 3u) << "4,096 bytes";
}

TEST_F(FrameTest, OfOneSourceNoMoreThanItsRateAndOfAllNoMoreThanTheCredit) {
  const sluice_rate rate{.interval = 3'600'000'000'000, .tolerance_ns = 4 * 3'600'000'000'000};
  const Filter filter = listening(rate, 8);
  for (int i = 0; i < 20; ++i)
    filter.run(segment(v4(), 1, hello(200)));
  EXPECT_EQ(payloads(filter).size(), 5u);
  EXPECT_EQ(filter.events()[SLUICE_HELLOS_REFUSED], 15u);
  for (unsigned i = 0; i < 20; ++i)
    filter.run(segment(v4(fmt::format("198.51.100.{}", i).c_str()), 1, hello(200)));
  EXPECT_EQ(payloads(filter).size(), 3u) << "credit for eight";
  EXPECT_EQ(filter.events()[SLUICE_HELLOS_REFUSED], 15u + 17u);
  EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, 40u) << "no verdict hangs on it";
}

}  // namespace
}  // namespace sluice::test
