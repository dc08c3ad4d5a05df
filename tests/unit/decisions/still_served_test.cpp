// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/still_served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::decisions::test {
namespace {

using detection::test::at;
using detection::test::source;

struct StillServedTest : ::testing::Test {
  StillServed served;
  Decision block;

  StillServedTest() {
    block.source = source("192.0.2.0/24");
    block.action = Action::block;
    block.since = at(0);
    block.until = at(3600);
  }
  void request(std::int64_t second, std::uint16_t status = 200, bool forwarded = false) {
    served.note(block, {*Address::parse("192.0.2.7"), at(second), status, forwarded});
  }
};

TEST_F(StillServedTest, WhoGoesOnForLongIsFound) {
  for (std::int64_t second : {31, 33, 36}) {
    EXPECT_EQ(served.find(block), nullptr);
    request(second, 200, second == 36);
  }
  const StillServed::Source* found = served.find(block);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->requests, 3U);
  EXPECT_EQ(found->client, *Address::parse("192.0.2.7"));
  EXPECT_EQ(found->last, at(36));
  EXPECT_TRUE(found->forwarded);
}

// A browser with six connections that were answered while the block began: their lines come together.
TEST_F(StillServedTest, LateLinesAreNotServedAllTheSame) {
  for (int i = 0; i < 6; ++i)
    request(60);
  EXPECT_EQ(served.find(block), nullptr);
}

TEST_F(StillServedTest, WhatCameAtOnceOrWasRefusedDoesNotCount) {
  for (std::int64_t second = 0; second < 30; ++second)
    request(second);
  for (std::int64_t second = 40; second < 60; ++second)
    request(second, 403);
  EXPECT_EQ(served.find(block), nullptr);
}

TEST_F(StillServedTest, ANewBlockBeginsAnew) {
  for (std::int64_t second : {31, 33, 36})
    request(second);
  ASSERT_NE(served.find(block), nullptr);
  block.since = at(100);
  EXPECT_EQ(served.find(block), nullptr);
  request(131);
  EXPECT_EQ(served.find(block), nullptr) << "one is not certain";
}

}  // namespace
}  // namespace sluice::decisions::test
