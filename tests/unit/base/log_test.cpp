// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/log.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

TEST(LogThrottle, LetsOneThroughAMinuteAndCountsTheRest) {
  LogThrottle throttle;
  EXPECT_EQ(throttle.admit({0}), 0U);
  for (std::uint64_t second = 1; second < 60; ++second) {
    EXPECT_EQ(throttle.admit({second * kSecondNs}), std::nullopt) << second;
  }
  EXPECT_EQ(throttle.admit({60 * kSecondNs}), 59U);
  EXPECT_EQ(throttle.admit({60 * kSecondNs}), std::nullopt);
  EXPECT_EQ(throttle.admit({120 * kSecondNs - 1}), std::nullopt);
  EXPECT_EQ(throttle.admit({500 * kSecondNs}), 2U);
  EXPECT_EQ(throttle.admit({560 * kSecondNs}), 0U);
}

}  // namespace
}  // namespace sluice
