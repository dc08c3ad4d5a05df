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

TEST(LogBudget, LetsABurstThroughThenATrickleAndCountsTheRest) {
  LogBudget budget;
  const auto at = [](double seconds) {
    return KernelTime{static_cast<std::uint64_t>((1000 + seconds) * 1e9)};
  };
  int admitted = 0;
  for (int i = 0; i < 1000; ++i)
    admitted += budget.admit(at(0)).has_value() ? 1 : 0;
  EXPECT_EQ(admitted, static_cast<int>(LogBudget::kBurst));
  EXPECT_EQ(budget.admit(at(1)), 1000U - static_cast<unsigned>(LogBudget::kBurst));
  for (int i = 0; i < 100; ++i)
    admitted += budget.admit(at(1)).has_value() ? 1 : 0;
  EXPECT_EQ(admitted, static_cast<int>(LogBudget::kBurst) + static_cast<int>(LogBudget::kPerSecond) - 1);
  EXPECT_TRUE(budget.admit(at(100)));
}

}  // namespace
}  // namespace sluice
