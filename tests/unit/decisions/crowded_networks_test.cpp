// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/crowded_networks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::decisions::test {
namespace {

using detection::test::source;

TEST(CrowdedNetworks, AreDueFromAQuarterOfAnIpv4NetworkOn) {
  CrowdedNetworks crowded;
  for (int i = 0; i < 63; ++i)
    crowded.add(source(fmt::format("192.0.2.{}", i)));
  crowded.add(source("192.0.2.0"));  // again
  EXPECT_EQ(crowded.due_around(source("192.0.2.1")), std::nullopt);
  crowded.add(source("192.0.2.99"));
  EXPECT_EQ(crowded.due_around(source("192.0.2.1")), source("192.0.2.0/24"));
  EXPECT_EQ(crowded.due_around(source("192.0.3.1")), std::nullopt);
  EXPECT_EQ(crowded.members(source("192.0.2.0/24")).size(), 64U);
  crowded.remove(source("192.0.2.99"));
  crowded.remove(source("192.0.2.98"));  // never there
  EXPECT_EQ(crowded.due_around(source("192.0.2.1")), std::nullopt);
}

TEST(CrowdedNetworks, WhatIsPutOffIsDueAgainAtTwiceAsMany) {
  CrowdedNetworks crowded;
  for (int i = 0; i < 64; ++i)
    crowded.add(source(fmt::format("192.0.2.{}", i)));
  crowded.put_off(source("192.0.2.0/24"));
  for (int i = 64; i < 127; ++i)
    crowded.add(source(fmt::format("192.0.2.{}", i)));
  EXPECT_EQ(crowded.due_around(source("192.0.2.1")), std::nullopt);
  crowded.add(source("192.0.2.127"));
  EXPECT_NE(crowded.due_around(source("192.0.2.1")), std::nullopt);
}

// A provider's /32 of which each customer network has one or more blocked sources.
TEST(CrowdedNetworks, MergedOnesCountForTheNetworkAroundThem) {
  CrowdedNetworks crowded;
  for (int network = 0; network < 8; ++network) {
    for (int i = 0; i < 64; ++i)
      crowded.add(source(fmt::format("2001:db8:{:x}:{:x}::/64", network, i)));
    const Prefix due = source(fmt::format("2001:db8:{:x}::/48", network));
    ASSERT_EQ(crowded.due_around(source(fmt::format("2001:db8:{:x}:1::/64", network))), due);
    const auto members = crowded.members(due);
    crowded.add(due, crowded.blocks(due));
    for (const Prefix& member : members)
      crowded.remove(member);
    EXPECT_EQ(crowded.blocks(due), 0U) << "nothing is left within it";
  }
  EXPECT_EQ(crowded.due_around(source("2001:db8:7::/48")), source("2001:db8::/40"));
  EXPECT_EQ(crowded.blocks(source("2001:db8::/40")), 512U);
  EXPECT_EQ(crowded.members(source("2001:db8::/40")).size(), 8U);
}

}  // namespace
}  // namespace sluice::decisions::test
