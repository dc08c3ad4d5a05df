// SPDX-License-Identifier: Apache-2.0
// Hellos whole, in pieces, twice, in disorder, interleaved, too many and too long.
#include "daemon/kernel/hello_assembler.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/packet.h"

namespace sluice::kernel {
namespace {

using test::Bytes;
using test::Ethernet;
using test::Ipv4;
using test::Ipv6;
using test::Payload;
using test::Tcp;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kStart = 6;  // bytes that tell a hello
const WallTime kTime{Seconds(1'800'000'000)};

// A record of `size` bytes in all. Its body differs at every byte, so that what is joined wrong shows.
Bytes hello(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  const std::size_t length = size - 5;
  const Bytes start{22, 3, 1, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), 1};
  std::ranges::copy(start, bytes.begin());
  return bytes;
}

Bytes part(const Bytes& bytes, std::size_t from, std::size_t to) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to)};
}

struct Delivered {
  std::string flow;
  WallTime time;
  Bytes bytes;
  bool whole;
};

class Assembler : public testing::Test {
 protected:
  // A segment of 192.0.2.1 from `port`.
  bool segment(std::uint32_t sequence, const Bytes& payload, std::uint16_t port = 40000,
               WallTime time = kTime) {
    return take((Ethernet{} / Ipv4{} / Tcp{.sport = port, .dport = 443} / Payload{payload}).bytes(), 34,
                sequence, time);
  }
  bool take(Bytes frame, std::size_t tcp_at, std::uint32_t sequence, WallTime time = kTime) {
    for (std::size_t i = 0; i < 4; ++i)
      frame[tcp_at + 4 + i] = static_cast<std::uint8_t>(sequence >> (24 - 8 * i));
    return assembler_.take(frame, tcp_at + 20, time);
  }

  std::vector<Delivered> delivered_;
  HelloAssembler assembler_{[this](const detection::Hello& hello) {
    delivered_.push_back({hello.client.to_string() + " " + std::to_string(hello.client_port) + " " +
                              std::to_string(hello.port),
                          hello.time, Bytes(hello.bytes.begin(), hello.bytes.end()), hello.whole});
  }};
};

MATCHER_P(IsWhole, bytes, "") {
  return arg.whole && arg.bytes == bytes;
}
MATCHER_P(IsCutTo, bytes, "") {
  return !arg.whole && arg.bytes == bytes;
}

TEST_F(Assembler, WholeInOne) {
  EXPECT_TRUE(segment(1, hello(517)));
  ASSERT_THAT(delivered_, ElementsAre(IsWhole(hello(517))));
  EXPECT_EQ(delivered_[0].flow, "192.0.2.1 40000 443");
  EXPECT_EQ(delivered_[0].time, kTime);
}

TEST_F(Assembler, OverIpv6) {
  const auto frame = [](const Bytes& payload) {
    return (Ethernet{} / Ipv6{} / Tcp{.dport = 443} / Payload{payload}).bytes();
  };
  EXPECT_TRUE(take(frame(part(hello(60), 0, 20)), 54, 1));
  EXPECT_TRUE(take(frame(part(hello(60), 20, 60)), 54, 21));
  ASSERT_THAT(delivered_, ElementsAre(IsWhole(hello(60))));
  EXPECT_EQ(delivered_[0].flow, "2001:db8::1 40000 443");
}

TEST_F(Assembler, WhatFollowsTheHelloIsNotOfIt) {
  Bytes more = hello(100);
  more.insert(more.end(), 50, 0x17);
  EXPECT_TRUE(segment(1, more));
  EXPECT_TRUE(segment(1, part(more, 0, 40), 40001));
  EXPECT_TRUE(segment(41, part(more, 40, 150), 40001));
  EXPECT_THAT(delivered_, ElementsAre(IsWhole(hello(100)), IsWhole(hello(100))));
}

TEST_F(Assembler, SplitInTwoAtEveryByte) {
  const Bytes whole = hello(300);
  for (std::size_t at = 1; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    delivered_.clear();
    const bool begun = at >= kStart;  // a shorter beginning cannot be told from other data
    EXPECT_EQ(segment(1, part(whole, 0, at)), begun);
    EXPECT_THAT(delivered_, IsEmpty());
    EXPECT_EQ(segment(1 + static_cast<std::uint32_t>(at), part(whole, at, whole.size())), begun);
    if (!begun) continue;
    EXPECT_THAT(delivered_, ElementsAre(IsWhole(whole)));
  }
}

TEST_F(Assembler, SplitInThreeAtEveryByteWithTheTimeOfTheFirst) {
  const Bytes whole = hello(80);
  const std::uint32_t first = 0xffff'ffe0;  // the sequence numbers begin again within the hello
  for (std::size_t one = kStart; one < whole.size() - 1; ++one) {
    for (std::size_t two = one + 1; two < whole.size(); ++two) {
      SCOPED_TRACE(testing::Message() << one << ", " << two);
      delivered_.clear();
      EXPECT_TRUE(segment(first, part(whole, 0, one)));
      EXPECT_TRUE(
          segment(first + static_cast<std::uint32_t>(one), part(whole, one, two), 40000, kTime + Seconds(1)));
      EXPECT_THAT(delivered_, IsEmpty());
      EXPECT_TRUE(segment(first + static_cast<std::uint32_t>(two), part(whole, two, whole.size()), 40000,
                          kTime + Seconds(2)));
      ASSERT_THAT(delivered_, ElementsAre(IsWhole(whole)));
      EXPECT_EQ(delivered_[0].time, kTime);
    }
  }
}

TEST_F(Assembler, ARetransmissionChangesNothing) {
  const Bytes whole = hello(300);
  EXPECT_TRUE(segment(1, part(whole, 0, 100)));
  EXPECT_TRUE(segment(1, part(whole, 0, 100)));  // begins again
  EXPECT_TRUE(segment(101, part(whole, 100, 200)));
  EXPECT_FALSE(segment(101, part(whole, 100, 200)));
  EXPECT_TRUE(segment(201, part(whole, 200, 300)));
  EXPECT_THAT(delivered_, ElementsAre(IsWhole(whole)));
}

TEST_F(Assembler, WhatComesTooEarlyIsLeftOut) {
  const Bytes whole = hello(300);
  EXPECT_TRUE(segment(1, part(whole, 0, 100)));
  EXPECT_FALSE(segment(201, part(whole, 200, 300)));
  EXPECT_TRUE(segment(101, part(whole, 100, 200)));
  EXPECT_THAT(delivered_, IsEmpty());
  EXPECT_TRUE(segment(201, part(whole, 200, 300)));
  EXPECT_THAT(delivered_, ElementsAre(IsWhole(whole)));
}

TEST_F(Assembler, FlowsDoNotMix) {
  const Bytes one = hello(300);
  const Bytes two = hello(280);
  EXPECT_TRUE(segment(1, part(one, 0, 100), 40000));
  EXPECT_TRUE(segment(1, part(two, 0, 100), 40001));
  EXPECT_FALSE(segment(101, part(one, 100, 300), 40002));
  EXPECT_TRUE(segment(101, part(two, 100, 280), 40001));
  EXPECT_TRUE(segment(101, part(one, 100, 300), 40000));
  ASSERT_THAT(delivered_, ElementsAre(IsWhole(two), IsWhole(one)));
  EXPECT_EQ(delivered_[0].flow, "192.0.2.1 40001 443");
  EXPECT_EQ(delivered_[1].flow, "192.0.2.1 40000 443");
}

TEST_F(Assembler, TheRestOfAHelloMayLookLikeABeginning) {
  Bytes whole = hello(300);
  std::ranges::copy(hello(100), whole.begin() + 150);
  EXPECT_TRUE(segment(1, part(whole, 0, 150)));
  EXPECT_TRUE(segment(151, part(whole, 150, 300)));
  EXPECT_THAT(delivered_, ElementsAre(IsWhole(whole)));
}

TEST_F(Assembler, TheOldestGoesAsFarAsItCameWhenTooManyWait) {
  const Bytes whole = hello(300);
  const auto port = [](std::size_t i) { return static_cast<std::uint16_t>(10000 + i); };
  for (std::size_t i = 0; i < HelloAssembler::kMaxWaiting; ++i)
    EXPECT_TRUE(segment(1, part(whole, 0, 100 + i % 50), port(i)));
  EXPECT_THAT(delivered_, IsEmpty());
  EXPECT_TRUE(segment(1, part(whole, 0, 100), port(HelloAssembler::kMaxWaiting)));
  ASSERT_THAT(delivered_, ElementsAre(IsCutTo(part(whole, 0, 100))));
  EXPECT_EQ(delivered_[0].flow, "192.0.2.1 10000 443");
  EXPECT_FALSE(segment(101, part(whole, 100, 300), port(0)));
  EXPECT_TRUE(segment(102, part(whole, 101, 300), port(1)));
  ASSERT_THAT(delivered_, SizeIs(2));
  EXPECT_THAT(delivered_[1], IsWhole(whole));
}

TEST_F(Assembler, ALongOneEndsAtTheLimit) {
  const Bytes whole = hello(HelloAssembler::kMaxBytes + 1000);
  EXPECT_TRUE(segment(1, part(whole, 0, 1400)));
  EXPECT_TRUE(segment(1401, part(whole, 1400, 2800)));
  EXPECT_TRUE(segment(2801, part(whole, 2800, 4200)));
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(delivered_[0].bytes, part(whole, 0, HelloAssembler::kMaxBytes));
  EXPECT_FALSE(delivered_[0].whole);
  EXPECT_FALSE(segment(4201, part(whole, 4200, 5000)));
}

TEST_F(Assembler, WhatIsNoHelloIsRefused) {
  EXPECT_FALSE(segment(1, {'G', 'E', 'T', ' ', '/', ' '}));
  for (const std::size_t at : {0U, 1U, 5U}) {  // record type, version, handshake type
    Bytes other = hello(100);
    other[at] ^= 0x40;
    EXPECT_FALSE(segment(1, other)) << at;
  }
  EXPECT_FALSE(assembler_.take({}, 0, kTime));
  const Bytes frame = (Ethernet{} / Ipv4{} / Tcp{} / Payload{hello(100)}).bytes();
  EXPECT_FALSE(assembler_.take(frame, frame.size(), kTime));
  EXPECT_FALSE(assembler_.take(frame, 0xffff'ffff, kTime));
  EXPECT_FALSE(assembler_.take((Ethernet{} / Ipv4{} / test::Udp{} / Payload{hello(100)}).bytes(), 42, kTime));
  EXPECT_THAT(delivered_, IsEmpty());
}

}  // namespace
}  // namespace sluice::kernel
