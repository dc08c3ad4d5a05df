// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/log_gap_monitor.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

KernelTime at(std::uint64_t seconds) {
  return {seconds * 1'000'000'000};
}

TEST(LogGapMonitor, SaysSinceWhenPacketsPassAndNoLineComes) {
  LogGapMonitor monitor;
  monitor.look(5'000, 100, at(10));
  EXPECT_FALSE(monitor.suspicious()) << "the first look knows of no gap";
  monitor.look(5'999, 100, at(400));
  EXPECT_FALSE(monitor.suspicious()) << "too few packets";
  monitor.look(6'000, 100, at(400));
  const auto gap = monitor.suspicious();
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->seconds, Seconds(390));
  EXPECT_EQ(gap->packets, 1'000U);
}

TEST(LogGapMonitor, ALineEndsTheGap) {
  LogGapMonitor monitor;
  monitor.look(0, 0, at(0));
  monitor.look(9'000, 0, at(301));
  ASSERT_TRUE(monitor.suspicious());
  monitor.look(9'001, 1, at(302));
  EXPECT_FALSE(monitor.suspicious());
}

TEST(LogGapMonitor, WaitsLongEnoughForASlowLog) {
  LogGapMonitor monitor;
  monitor.look(0, 0, at(0));
  monitor.look(1'000'000, 0, at(299));
  EXPECT_FALSE(monitor.suspicious());
}

// The counters of the kernel begin again with an attach.
TEST(LogGapMonitor, CountersThatBeginAgainAreNoGap) {
  LogGapMonitor monitor;
  monitor.look(9'000, 5, at(0));
  monitor.look(10, 5, at(400));
  EXPECT_FALSE(monitor.suspicious());
}

}  // namespace
}  // namespace sluice::app
