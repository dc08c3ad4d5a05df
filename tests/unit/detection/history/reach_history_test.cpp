// SPDX-License-Identifier: Apache-2.0
// What is counted beyond an hour and a day: distinct subjects by HyperLogLog, for four weeks.
#include "daemon/detection/history/reach_history.h"

#include <cmath>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(HyperLogLog, EstimatesWithinFourStandardErrorsFromOneToAMillion) {
  std::mt19937_64 random(1);
  HyperLogLog counter;
  EXPECT_EQ(counter.estimate(), 0);
  double worst = 0;
  unsigned looked = 0;
  double squares = 0;
  for (std::uint32_t n = 1; n <= 1'000'000; ++n) {
    (void)counter.add(random());
    if ((n & (n - 1)) != 0) continue;
    const double error = counter.estimate() / n - 1;
    worst = std::max(worst, std::abs(error));
    squares += error * error;
    ++looked;
  }
  EXPECT_LT(worst, 4 * HyperLogLog::kStandardError);
  EXPECT_LT(std::sqrt(squares / looked), 1.5 * HyperLogLog::kStandardError);
}

TEST(HyperLogLog, CountsWhatCameTwiceOnce) {
  HyperLogLog once;
  for (std::uint64_t round = 0; round < 3; ++round) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 500; ++i)
      EXPECT_TRUE(!once.add(random()) || round == 0);
  }
  EXPECT_NEAR(once.estimate(), 500, 500 * 3 * HyperLogLog::kStandardError);
}

TEST(HyperLogLog, MergesToTheUnion) {
  std::mt19937_64 random(3);
  HyperLogLog left;
  HyperLogLog right;
  HyperLogLog both;
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t hash = random();
    (void)(i % 3 == 0 ? left : right).add(hash);
    if (i % 5 == 0) (void)left.add(hash);
    (void)both.add(hash);
  }
  left.merge(right);
  EXPECT_EQ(left.bytes(), both.bytes());
}

TEST(HyperLogLog, ComesBackFromItsBytesAndFromNoOthers) {
  HyperLogLog counter;
  (void)counter.add(0x123456789abcdef0);
  const std::string bytes(counter.bytes());
  ASSERT_TRUE(HyperLogLog::from_bytes(bytes));
  EXPECT_EQ(HyperLogLog::from_bytes(bytes)->bytes(), bytes);
  EXPECT_FALSE(HyperLogLog::from_bytes(bytes.substr(1)));
  EXPECT_FALSE(HyperLogLog::from_bytes(""));
  std::string spoilt = bytes;
  spoilt[5] = static_cast<char>(HyperLogLog::kMostRank + 1);
  EXPECT_FALSE(HyperLogLog::from_bytes(spoilt));
}

TEST(ReachHistory, CountsFourWeeksAndForgetsTheFifth) {
  ReachHistory memory;
  const Prefix slow = source("192.0.2.7/32");
  const LogSecond begin = 3000 * ReachHistory::kWeek;
  std::uint32_t subject = 1;
  for (LogSecond day = 0; day < 35; ++day) {
    for (int i = 0; i < 100; ++i)
      memory.add(slow, subject++, Sensitivity::normal, begin + day * kDay + i);
  }
  const ReachHistory::Reach reach = memory.reach(slow, begin + 34 * kDay);
  EXPECT_EQ(reach.weeks, 4U);
  EXPECT_NEAR(reach.this_week, 700, 700 * 4 * HyperLogLog::kStandardError);
  EXPECT_NEAR(reach.four_weeks, 2800, 2800 * 4 * HyperLogLog::kStandardError);
  EXPECT_NEAR(reach.subjects, 3500, 3500 * 4 * HyperLogLog::kStandardError);
  // Weeks pass although it asks for nothing.
  EXPECT_EQ(memory.reach(slow, begin + 50 * kDay).weeks, 1U);
  EXPECT_EQ(memory.reach(slow, begin + 80 * kDay).four_weeks, 0);
}

TEST(ReachHistory, CountsTheSameSubjectOnceHoweverOftenItIsRead) {
  ReachHistory memory;
  const Prefix fan = source("192.0.2.7/32");
  for (LogSecond day = 0; day < 28; ++day) {
    for (std::uint32_t subject = 1; subject <= 50; ++subject)
      memory.add(fan, subject, Sensitivity::normal, 3000 * ReachHistory::kWeek + day * kDay);
  }
  EXPECT_NEAR(memory.reach(fan, 3000 * ReachHistory::kWeek + 27 * kDay).four_weeks, 50, 10);
}

TEST(ReachHistory, WeighsBySensitivity) {
  ReachHistory memory;
  const Prefix low = source("192.0.2.1/32");
  const Prefix high = source("192.0.2.2/32");
  for (std::uint32_t subject = 1; subject <= 1000; ++subject) {
    memory.add(low, subject, Sensitivity::low, 3000 * ReachHistory::kWeek);
    memory.add(high, subject, Sensitivity::high, 3000 * ReachHistory::kWeek);
  }
  EXPECT_NEAR(memory.reach(low, 3000 * ReachHistory::kWeek).this_week, 500, 100);
  EXPECT_NEAR(memory.reach(high, 3000 * ReachHistory::kWeek).this_week, 2000, 400);
  EXPECT_NEAR(memory.reach(high, 3000 * ReachHistory::kWeek).subjects, 1000, 200);
}

TEST(ReachHistory, ForgetsWhoReadLongestAgoAndSaysSo) {
  ReachHistory memory(2);
  const LogSecond now = 3000 * ReachHistory::kWeek;
  memory.add(source("192.0.2.1/32"), 1, Sensitivity::normal, now);
  memory.add(source("192.0.2.2/32"), 1, Sensitivity::normal, now);
  memory.add(source("192.0.2.1/32"), 2, Sensitivity::normal, now);
  memory.add(source("192.0.2.3/32"), 1, Sensitivity::normal, now);
  EXPECT_FALSE(memory.knows(source("192.0.2.2/32")));
  EXPECT_TRUE(memory.knows(source("192.0.2.1/32")));
  EXPECT_EQ(memory.forgotten(), 1U);
  EXPECT_THAT(memory.take_changes().forgotten, ElementsAre(source("192.0.2.2/32")));
}

TEST(ReachHistory, HandsOverWhatChangedOnceAndTakesItBack) {
  ReachHistory memory;
  const LogSecond now = 3000 * ReachHistory::kWeek;
  const Prefix slow = source("2001:db8::/64");
  for (std::uint32_t subject = 1; subject <= 400; ++subject)
    memory.add(slow, subject, Sensitivity::normal, now + (subject > 200 ? ReachHistory::kWeek : 0));
  const ReachHistory::Changes changes = memory.take_changes();
  ASSERT_THAT(changes.records, SizeIs(2));
  EXPECT_THAT(memory.take_changes().records, IsEmpty());
  ReachHistory next;
  for (const ReachHistory::Record& record : changes.records)
    next.restore(record);
  EXPECT_EQ(next.reach(slow, now + ReachHistory::kWeek).four_weeks,
            memory.reach(slow, now + ReachHistory::kWeek).four_weeks);
  EXPECT_THAT(next.take_changes().records, IsEmpty());
  memory.forget(slow);
  EXPECT_EQ(memory.reach(slow, now).four_weeks, 0);
  EXPECT_THAT(memory.take_changes().forgotten, ElementsAre(slow));
}

}  // namespace
}  // namespace sluice::detection::test
