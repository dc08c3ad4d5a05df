// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::decisions::test {
namespace {

using detection::test::at;
using detection::test::source;

detection::Finding scored(double score) {
  detection::Finding finding{source("192.0.2.7"), at(0), score, {}, {}};
  finding.signals = {{"page_rate", 1, "fast", {}}, {"breadth", score - 1, "broad", {}}};
  return finding;
}

TEST(Policy, ClimbsTheLadder) {
  const Policy policy{PolicyOptions()};
  EXPECT_FALSE(policy.judge(scored(4.49), {}, nullptr, at(0)));
  const auto throttle = policy.judge(scored(4.5), {10, 8, 6}, nullptr, at(0));
  ASSERT_TRUE(throttle);
  EXPECT_EQ(throttle->action, Action::throttle);
  EXPECT_EQ(throttle->rate, (Rate{10, 30}));
  EXPECT_EQ(throttle->until, at(900));
  EXPECT_EQ(throttle->reason, "broad; fast") << "the weightiest first";
  EXPECT_EQ(throttle->exposure.subjects, 6U);
  const auto block = policy.judge(scored(6), {}, &*throttle, at(0));
  ASSERT_TRUE(block);
  EXPECT_EQ(block->action, Action::block);
  EXPECT_EQ(block->until, at(3600));
  EXPECT_FALSE(policy.judge(scored(9), {}, &*block, at(0))) << "what is as strict already stands";
}

TEST(Policy, BlocksWhoComesBackForLongerUpToTheCap) {
  Policy policy{PolicyOptions()};
  std::vector<std::int64_t> hours;
  WallTime now = at(0);
  for (int i = 0; i < 6; ++i) {
    const auto block = policy.judge(scored(7), {}, nullptr, now);
    ASSERT_TRUE(block);
    hours.push_back(std::chrono::duration_cast<std::chrono::hours>(block->until - now).count());
    EXPECT_EQ(policy.remember_block(*block).blocks, static_cast<unsigned>(i + 1));
    now = block->until + Seconds(60);
  }
  EXPECT_THAT(hours, ::testing::ElementsAre(1, 4, 16, 64, 168, 168));
  EXPECT_THAT(policy.judge(scored(7), {}, nullptr, now)->reason,
              ::testing::HasSubstr("blocked 6 times before"));
}

TEST(Policy, ForgetsAfterItsMemory) {
  Policy policy{PolicyOptions()};
  policy.remember({source("192.0.2.7"), 3, at(0)});
  EXPECT_EQ(policy.blocks_before(source("192.0.2.7"), at(30 * 86'400)), 3U);
  EXPECT_EQ(policy.blocks_before(source("192.0.2.7"), at(30 * 86'400 + 1)), 0U);
  EXPECT_EQ(policy.blocks_before(source("192.0.2.8"), at(0)), 0U);
}

TEST(Policy, WhatWasForgottenDoesNotComeBack) {
  Policy policy{PolicyOptions()};
  policy.remember({source("192.0.2.7"), 5, at(0)});
  const auto much_later = policy.judge(scored(7), {}, nullptr, at(60 * 86'400));
  ASSERT_TRUE(much_later);
  EXPECT_EQ(policy.remember_block(*much_later).blocks, 1U);
  EXPECT_EQ(policy.blocks_before(source("192.0.2.7"), at(60 * 86'400)), 1U);
}

}  // namespace
}  // namespace sluice::decisions::test
