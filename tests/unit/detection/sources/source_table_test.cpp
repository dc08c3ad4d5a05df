// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/source_table.h"

#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

Prefix numbered(unsigned n) {
  return {Address::from_v4({10, static_cast<std::uint8_t>(n >> 16U), static_cast<std::uint8_t>(n >> 8U),
                            static_cast<std::uint8_t>(n)}),
          32};
}

TEST(SourceTable, ForgetsTheOneIdleLongest) {
  SourceTable table(3);
  std::size_t freed = 0;
  for (unsigned n = 0; n < 3; ++n)
    table.touch(numbered(n), freed).requests = n + 1;
  table.touch(numbered(0), freed).requests = 100;
  EXPECT_EQ(table.touch(numbered(3), freed).requests, 0U) << "a new source starts clean";
  EXPECT_EQ(table.find(numbered(1)), nullptr);
  ASSERT_NE(table.find(numbered(0)), nullptr);
  EXPECT_EQ(table.find(numbered(0))->requests, 100U);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.forgotten(), 1U);
}

TEST(SourceTable, StaysBoundedUnderAFloodOfNewSources) {
  SourceTable table(1000);
  std::size_t freed = 0;
  for (unsigned n = 0; n < 100'000; ++n)
    (void)table.touch(numbered(n), freed);
  EXPECT_EQ(table.size(), 1000U);
  EXPECT_EQ(table.forgotten(), 99'000U);
  for (unsigned n = 99'000; n < 100'000; ++n)
    ASSERT_NE(table.find(numbered(n)), nullptr);
}

TEST(SourceTable, ForgetsItsOlderHalfAndUsesTheRoomAgain) {
  SourceTable table(1000);
  std::size_t freed = 0;
  for (unsigned n = 0; n < 700; ++n)
    table.touch(numbered(n), freed).requests = n + 1;
  table.touch(numbered(0), freed)
      .profile.with_full()
      .subjects.add(1, Sensitivity::normal, 1'790'000'000, true);
  (void)table.touch(numbered(1), freed).profile.with_full();
  EXPECT_EQ(table.shrink(), 0U) << "who held memory was seen last";
  EXPECT_EQ(table.size(), 350U);
  EXPECT_EQ(table.forgotten(), 350U);
  EXPECT_EQ(table.find(numbered(2)), nullptr);
  EXPECT_EQ(table.find(numbered(351)), nullptr);
  ASSERT_NE(table.find(numbered(352)), nullptr);
  ASSERT_NE(table.find(numbered(0)), nullptr);
  EXPECT_EQ(table.find(numbered(699))->requests, 700U);
  // As many as may be, and one more: the oldest is forgotten, and no sooner.
  for (unsigned n = 1000; n < 1650; ++n)
    EXPECT_EQ(table.touch(numbered(n), freed).requests, 0U);
  EXPECT_EQ(table.size(), 1000U);
  ASSERT_NE(table.find(numbered(352)), nullptr);
  (void)table.touch(numbered(2000), freed);
  EXPECT_EQ(table.find(numbered(352)), nullptr);
  EXPECT_EQ(table.size(), 1000U);
  while (table.size() > 0)
    freed += table.shrink();
  EXPECT_EQ(table.capacity(), SourceTable::kLeast);
  EXPECT_GT(freed, 0U);
  EXPECT_EQ(table.touch(numbered(0), freed).requests, 0U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(SourceTable, DoesNotGrowAgainToWhatMemoryHasNoRoomFor) {
  SourceTable table(100'000);
  std::size_t freed = 0;
  for (unsigned n = 0; n < 10'000; ++n)
    (void)table.touch(numbered(n), freed);
  table.shrink();
  for (unsigned n = 10'000; n < 30'000; ++n)
    (void)table.touch(numbered(n), freed);
  EXPECT_EQ(table.size(), 5000U);
  EXPECT_EQ(table.capacity(), 5000U);
  for (unsigned n = 25'000; n < 30'000; ++n)
    ASSERT_NE(table.find(numbered(n)), nullptr);
}

TEST(SourceTable, TellsHowMuchMemoryAForgottenSourceHeld) {
  SourceTable table(1);
  std::size_t freed = 0;
  SourceRecord& record = table.touch(numbered(0), freed);
  record.profile.with_full().subjects.add(1, Sensitivity::normal, 1'790'000'000, true);
  const std::size_t held = record.profile.subject_slots();
  EXPECT_EQ(freed, 0U);
  (void)table.touch(numbered(1), freed);
  EXPECT_EQ(freed, held);
  EXPECT_GT(held, 0U);
}

}  // namespace
}  // namespace sluice::detection::test
