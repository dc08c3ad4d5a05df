// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/counters.h"

#include <set>

#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

TEST(CounterNames, AreThoseOfTheEnumsInTheirOrder) {
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_DEFAULT), "pass_default");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_OUT_OF_SCOPE), "pass_out_of_scope");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_TRUNCATED_ETHERNET), "pass_truncated_ethernet");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_MALFORMED_IPV4), "pass_malformed_ipv4");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_MALFORMED_IPV6), "pass_malformed_ipv6");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_TOO_MANY_EXTENSIONS), "pass_too_many_extensions");
  EXPECT_EQ(kernel::to_string(SLUICE_PASS_TRUNCATED_TRANSPORT), "pass_truncated_transport");
  EXPECT_EQ(kernel::to_string(SLUICE_DROP_DECISION), "drop_decision");
  EXPECT_EQ(kernel::to_string(SLUICE_DROP_OVER_RATE), "drop_over_rate");
  EXPECT_EQ(kernel::to_string(SLUICE_REPORTS_LOST), "reports_lost");
  EXPECT_EQ(kernel::to_string(SLUICE_SOURCES_REFUSED), "sources_refused");
  EXPECT_EQ(kernel::to_string(SLUICE_SOURCES_MADE), "sources_made");
  std::set<std::string_view> names;
  for (int reason = 0; reason < SLUICE_REASON_COUNT; ++reason) {
    names.insert(kernel::to_string(static_cast<sluice_reason>(reason)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(SLUICE_REASON_COUNT));
}

class CountersTest : public KernelTest {};

TEST_F(CountersTest, SumUpWhatPassedAndWhatWasDropped) {
  must_attach();
  auto maps = open_maps();
  const auto table = *kernel::VerdictTable::create(maps, real_clocks());
  ASSERT_TRUE(table->put(block(kVisitorV4), true));
  ASSERT_TRUE(table->put(throttle("fd77:1::/64", {.packets_per_second = 1, .burst = 1}), true));
  ASSERT_TRUE(table->put(allow(kNeighbourV6), true));
  for (const char* from :
       {kVisitorV4, kVisitorV4, kVisitorV4, kNeighbourV4, kVisitorV6, kVisitorV6, kNeighbourV6}) {
    (void)send(from);
  }
  const auto counters = kernel::read_counters(maps);
  ASSERT_TRUE(counters);
  const auto packets = [&](sluice_reason reason) { return counters->reasons[reason].packets; };
  EXPECT_EQ(packets(SLUICE_DROP_DECISION), 3U);
  EXPECT_EQ(counters->reasons[SLUICE_DROP_DECISION].bytes, 3U * (14 + 20 + 8 + 5));
  EXPECT_EQ(packets(SLUICE_DROP_OVER_RATE), 1U);
  EXPECT_EQ(packets(SLUICE_PASS_WITHIN_RATE), 1U);
  EXPECT_EQ(packets(SLUICE_PASS_ALLOWED), 1U);
  EXPECT_EQ(packets(SLUICE_PASS_DEFAULT), 1U);
  EXPECT_EQ(counters->dropped().packets, 4U);
  std::uint64_t all = 0;
  for (const auto& reason : counters->reasons)
    all += reason.packets;
  EXPECT_EQ(counters->passed().packets + counters->dropped().packets, all);
  EXPECT_EQ(counters->events[SLUICE_REPORTS_LOST], 0U);
  EXPECT_EQ(counters->events[SLUICE_SOURCES_MADE], 2U)
      << "one of IPv4 and one /64, within its rate: who is allowed or blocked is not watched";
}

}  // namespace
}  // namespace sluice::test
