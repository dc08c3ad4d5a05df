// SPDX-License-Identifier: Apache-2.0
// What is kept of an account, and what is handed to the store.
#include <cstdint>

#include <gmock/gmock.h>

#include "tests/unit/detection/newcomers.h"

namespace sluice::detection::test {
namespace {

using ::testing::IsEmpty;

TEST(AccountTable, ForgetsTheOneIdleLongestAndDoesNotTakeItForNewLater) {
  AccountTable table(2);
  for (AccountNumber account = 1; account <= 3; ++account)
    table.note({.account = account * 0x9e3779b97f4a7c15ULL,
                .second = 1'790'000'000 + static_cast<LogSecond>(account)});
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.forgotten(), 1U);
  EXPECT_EQ(table.find(0x9e3779b97f4a7c15ULL), nullptr);
  table.note({.account = 0x9e3779b97f4a7c15ULL, .second = 1'790'100'000});
  ASSERT_NE(table.find(0x9e3779b97f4a7c15ULL), nullptr);
  EXPECT_TRUE(table.find(0x9e3779b97f4a7c15ULL)->returned);
  table.note({.account = 77, .second = 1'790'100'001});
  EXPECT_FALSE(table.find(77)->returned);
}

TEST(AccountTable, ForgetsItsOlderHalf) {
  AccountTable table(100);
  for (AccountNumber account = 1; account <= 10; ++account)
    table.note({.account = account * 0x9e3779b97f4a7c15ULL,
                .second = 1'790'000'000 + static_cast<LogSecond>(account)});
  table.shrink();
  EXPECT_EQ(table.size(), 5U);
  EXPECT_EQ(table.forgotten(), 5U);
  EXPECT_EQ(table.find(5 * 0x9e3779b97f4a7c15ULL), nullptr);
  EXPECT_NE(table.find(6 * 0x9e3779b97f4a7c15ULL), nullptr);
  table.note({.account = 0x9e3779b97f4a7c15ULL, .second = 1'790'100'000});
  EXPECT_TRUE(table.find(0x9e3779b97f4a7c15ULL)->returned) << "not taken for a new one";
}

TEST(AccountTable, TellsOfEachAccountOnceADay) {
  AccountTable table(10);
  table.note({.account = 5, .second = 1'790'000'000});
  EXPECT_THAT(table.take_news(), testing::IsEmpty()) << "nobody asked";
  table.keep_news();
  table.note({.account = 6, .second = 1'790'000'000});
  table.note({.account = 6, .second = 1'790'000'500});
  const auto news = table.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].number, 6U);
  EXPECT_EQ(news[0].first_seen, 1'790'000'000);
  table.note({.account = 6, .second = 1'790'080'000});
  EXPECT_THAT(table.take_news(), testing::IsEmpty());
  table.note({.account = 6, .second = 1'790'090'000});
  EXPECT_EQ(table.take_news().size(), 1U);
}

TEST(AccountTable, WhatAnEarlierProcessKnewIsNotNew) {
  Detector before = test::detector();
  before.accounts().accounts().keep_news();
  Crowd crowd(before);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = 2 * kDay, .address = "203.0.113.5", .account = "old"}, 3, 30));
  Detector after = test::detector();
  AccountTable& table = after.accounts().accounts();
  for (const AccountAge& age : before.accounts().accounts().take_news())
    table.recall(age);
  table.set_begun(before.accounts().accounts().begun());
  Crowd later(after);
  later.play(look_around({.time = 9 * kDay, .address = "203.0.113.5", .account = "old"}, 100, 30));
  later.play(look_around({.time = 9 * kDay, .address = "203.0.113.6", .account = "fresh"}, 100, 30));
  EXPECT_EQ(later.told("203.0.113.5", "new_account"), nullptr);
  EXPECT_NE(later.told("203.0.113.6", "new_account"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
