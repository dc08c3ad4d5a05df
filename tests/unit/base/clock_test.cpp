// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/clock.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

const WallTime kWall{Seconds(1795500444)};
constexpr KernelTime kKernel{5'000'000'000};

TEST(Clock, ConvertsDeadlines) {
  EXPECT_EQ(to_kernel_time(kWall + Seconds(60), kWall, kKernel), KernelTime{65'000'000'000});
  EXPECT_EQ(to_kernel_time(kWall + Nanoseconds(1), kWall, kKernel), KernelTime{5'000'000'001});
  EXPECT_EQ(to_kernel_time(kWall, kWall, kKernel), kKernel);
  EXPECT_EQ(to_kernel_time(kWall - Seconds(3600), kWall, kKernel), kKernel);
  EXPECT_EQ(to_kernel_time(kForever, kWall, kKernel), KernelTime{UINT64_MAX});
}

TEST(Clock, ConvertsBack) {
  EXPECT_EQ(to_wall_time(KernelTime{65'000'000'000}, kWall, kKernel), kWall + Seconds(60));
  EXPECT_EQ(to_wall_time(KernelTime{1'000'000'000}, kWall, kKernel), kWall - Seconds(4));
  EXPECT_EQ(to_wall_time(KernelTime{UINT64_MAX}, kWall, kKernel), kForever);
}

TEST(Clock, AMonotonicTimeNeverGoesBack) {
  const KernelTime before = kernel_now();
  EXPECT_LE(before, kernel_now());
  EXPECT_GT(wall_now(), WallTime(Seconds(1'700'000'000)));
}

}  // namespace
}  // namespace sluice
