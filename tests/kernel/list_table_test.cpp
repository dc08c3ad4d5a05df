// SPDX-License-Identifier: Apache-2.0
// The compiled lists on the filter's own maps: what is in force, through switches and restarts.
#include "daemon/kernel/maps/list_table.h"

#include <algorithm>
#include <cstring>

#include "bpf/hash.h"
#include "daemon/lists/image/compile.h"
#include "daemon/lists/image/lookup.h"
#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using kernel::ListTable;
using lists::ListNumber;

class ListTableTest : public KernelTest {
 protected:
  void SetUp() override {
    options_.list_memory_mib = 16;
    KernelTest::SetUp();
  }

  static lists::Compilation compile(std::initializer_list<const char*> networks, ListNumber list) {
    lists::Entries entries;
    for (const char* network : networks)
      entries.add(Prefix::parse(network).value(), list);
    const lists::Rule rule{list, SLUICE_DROP};
    return {std::move(entries), std::span(&rule, 1)};
  }
  static void publish(ListTable& table, const lists::Compilation& compilation) {
    ASSERT_TRUE(compilation.build(7, table.spare()));
    table.publish();
  }
  static std::optional<ListNumber> find(const ListTable& table, const char* address) {
    return lists::find_list(table.active(), Address::parse(address).value());
  }
};

TEST_F(ListTableTest, PublishesOneImageAfterTheOther) {
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  EXPECT_TRUE(table.active().empty());
  EXPECT_EQ(table.half_lines(), 16 * 8192U - 1);
  for (int round = 1; round <= 20; ++round) {
    const auto list = static_cast<ListNumber>(round);
    publish(table,
            round % 2 == 1 ? compile({kVisitorV4, "2001:db8::/32"}, list) : compile({kNeighbourV4}, list));
    EXPECT_EQ(find(table, kVisitorV4), round % 2 == 1 ? std::optional(list) : std::nullopt);
    EXPECT_EQ(find(table, kNeighbourV4), round % 2 == 1 ? std::nullopt : std::optional(list));
  }
  table.withdraw();
  EXPECT_TRUE(table.active().empty());
  publish(table, compile({kVisitorV4}, 5));
  EXPECT_EQ(find(table, kVisitorV4), 5);
}

TEST_F(ListTableTest, TheImageInForceIsNotBuiltOver) {
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  publish(table, compile({kVisitorV4}, 1));
  for (int i = 0; i < 3; ++i) {
    for (sluice_list_line& line : table.spare())
      std::ranges::fill(line.words, ~0ULL);
    EXPECT_EQ(find(table, kVisitorV4), 1);
  }
}

TEST_F(ListTableTest, TakesOverWhatIsInForce) {
  must_attach();
  {
    auto maps = open_maps();
    ListTable table(maps);
    publish(table, compile({kVisitorV4}, 3));
  }
  auto maps = open_maps();
  ListTable table(maps);
  EXPECT_EQ(find(table, kVisitorV4), 3);
  publish(table, compile({kNeighbourV4}, 4));
  EXPECT_EQ(find(table, kVisitorV4), std::nullopt);
  EXPECT_EQ(find(table, kNeighbourV4), 4);
}

TEST_F(ListTableTest, SurvivesAnUpgradeOfTheFilter) {
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  publish(table, compile({kVisitorV4}, 3));
  must_attach();
  auto again = open_maps();
  EXPECT_EQ(find(ListTable(again), kVisitorV4), 3);
}

TEST_F(ListTableTest, AnImageThatCannotBeIsTakenOutOfForce) {
  must_attach();
  auto maps = open_maps();
  auto& lever = *maps.list_switch;
  for (const std::uint32_t nonsense : {2U, 1U, 16 * 8192U, ~0U}) {
    lever.active = nonsense;  // the halves are zero, so that no image has a line
    EXPECT_TRUE(ListTable(maps).active().empty());
    EXPECT_EQ(lever.active, 0U);
  }
  ListTable table(maps);
  publish(table, compile({kVisitorV4}, 3));
  maps.lists.values()[sluice_list_base(lever.active)].words[3] = ~0ULL;  // the lines
  EXPECT_TRUE(ListTable(maps).active().empty());
}

TEST_F(ListTableTest, WhatDoesNotFitChangesNothing) {
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  publish(table, compile({kVisitorV4}, 1));
  lists::Entries entries;
  for (std::uint32_t i = 0; i < 1'000'000; ++i)
    entries.v4.push_back(lists::make_entry_v4(0x0b000000U + i, 32, 2));
  const lists::Rule rule{2, SLUICE_DROP};
  const auto refused = lists::Compilation(std::move(entries), std::span(&rule, 1)).build(1, table.spare());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("there are 16"), std::string::npos) << refused.error().message();
  EXPECT_EQ(find(table, kVisitorV4), 1);
}

TEST_F(ListTableTest, NoMemoryIsNoLists) {
  options_.list_memory_mib = 0;
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  EXPECT_TRUE(table.spare().empty());
  EXPECT_TRUE(table.active().empty());
  EXPECT_FALSE(compile({kVisitorV4}, 1).build(1, table.spare()));
}

TEST_F(ListTableTest, IsCarriedOverIntoAMapOfAnotherSize) {
  must_attach();
  {
    auto maps = open_maps();
    ListTable table(maps);
    publish(table, compile({kNeighbourV4}, 2));
    publish(table, compile({kVisitorV4, "2001:db8::/32"}, 3));
  }
  options_.list_memory_mib = 20;
  must_attach();
  auto maps = open_maps();
  ListTable table(maps);
  EXPECT_EQ(table.half_lines(), 20 * 8192U - 1);
  EXPECT_EQ(find(table, kVisitorV4), 3);
  EXPECT_EQ(find(table, "2001:db8::1"), 3);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(ListTableTest, AMapTooSmallForWhatIsInForceIsRefusedWithItsSetting) {
  must_attach();
  {
    auto maps = open_maps();
    ListTable table(maps);
    publish(table, compile({kVisitorV4}, 3));
  }
  options_.list_memory_mib = 2;
  const auto refused = attach();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("filter.list_memory_mib"), std::string::npos);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

}  // namespace
}  // namespace sluice::test
