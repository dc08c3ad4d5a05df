// SPDX-License-Identifier: Apache-2.0
// Which subjects a group asks for: divided among its members or not, and in bounded memory.
#include "daemon/detection/groups/group_table.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace sluice::detection::test {
namespace {

TEST(GroupTable, TellsDividedStretchesFromCrowdedOnes) {
  GroupTable table;
  for (std::uint64_t i = 0; i < GroupTable::kStretch; ++i)
    table.add(1, 640 + i, 1'790'000'000);
  for (std::uint64_t i = 0; i < GroupTable::kStretch; ++i) {
    table.add(2, 640 + i, 1'790'000'000);
    if (i % 6 == 0) table.add(2, 640 + i, 1'790'000'000);
  }
  const GroupTable::Group* divided = table.find(1, 1'790'000'001);
  ASSERT_NE(divided, nullptr);
  EXPECT_TRUE(divided->divides());
  EXPECT_EQ(divided->subjects, GroupTable::kStretch);
  EXPECT_EQ(divided->lowest, 640U);
  EXPECT_EQ(divided->highest, 703U);
  EXPECT_EQ(divided->overlap(), 0);
  const GroupTable::Group* crowded = table.find(2, 1'790'000'001);
  ASSERT_NE(crowded, nullptr);
  EXPECT_FALSE(crowded->divides());
  EXPECT_EQ(crowded->covered, 1U);
  EXPECT_EQ(table.find(3, 1'790'000'001), nullptr);
}

TEST(GroupTable, StaysBoundedAndCountsWhatItForgets) {
  GroupTable table;
  for (std::uint64_t group = 0; group < GroupTable::kMaxGroups + 100; ++group) {
    for (std::uint64_t i = 0; i < GroupTable::kDense; ++i)
      table.add(group, i, 1'790'000'000 + static_cast<LogSecond>(group));
  }
  EXPECT_EQ(table.size(), GroupTable::kMaxGroups);
  EXPECT_EQ(table.forgotten_groups(), 100U);
  EXPECT_EQ(table.find(0, 1'790'004'200), nullptr);
  EXPECT_NE(table.find(GroupTable::kMaxGroups, 1'790'004'200), nullptr);
  for (std::uint64_t i = 0; i < 4 * GroupTable::kMaxStretches; ++i)
    table.add(7, i * GroupTable::kStretch, 1'790'010'000);
  EXPECT_GE(table.forgotten_stretches(), 2 * GroupTable::kMaxStretches);
}

}  // namespace
}  // namespace sluice::detection::test
