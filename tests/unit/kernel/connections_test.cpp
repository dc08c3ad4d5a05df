// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/connections.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kernel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Connection> read(const std::string& lines) {
  std::istringstream stream(lines);
  std::vector<Connection> found;
  read_connections(
      stream, [](const Address&) { return true; }, found);
  return found;
}

// As the kernel of a little-endian machine writes them.
constexpr auto kTitles =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";

TEST(Connections, AreReadFromTheListOfTheKernel) {
  const auto found =
      read(std::string(kTitles) +
           "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
           "   1: 0100000A:1F90 070200C0:C350 01 00000000:00000000 00:00000000 00000000    33\n");
  ASSERT_THAT(found, SizeIs(1)) << "one that listens is nobody's";
  EXPECT_EQ(found[0].local, *Address::parse("10.0.0.1"));
  EXPECT_EQ(found[0].port, 8080);
  EXPECT_EQ(found[0].remote, *Address::parse("192.0.2.7"));
}

TEST(Connections, OfIpv6AreReadAndMappedOnesAreIpv4) {
  const auto found =
      read(std::string(kTitles) +
           "   0: B80D0120000000000000000001000000:01BB B80D0120000000000000000007000000:C350 01 0\n"
           "   1: 0000000000000000FFFF00000100000A:0050 0000000000000000FFFF0000070200C0:C351 06 0\n");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].remote, *Address::parse("2001:db8::7"));
  EXPECT_EQ(found[0].port, 443);
  EXPECT_EQ(found[1].remote, *Address::parse("192.0.2.7"));
}

TEST(Connections, WhatIsNoConnectionIsLeftOut) {
  for (const char* line :
       {"", "0:", "0: x y 01", "0: 0100000A:1F90 070200C0 01", "0: 010000A:1F90 070200C0:C350 01",
        "0: 0100000A:1F90F 070200C0:C350 01", "0: ZZ00000A:1F90 070200C0:C350 01"})
    EXPECT_THAT(read(line), IsEmpty()) << line;
}

}  // namespace
}  // namespace sluice::kernel
