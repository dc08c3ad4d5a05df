// SPDX-License-Identifier: Apache-2.0
// Accounts and credentials: traces that must fire, and people, offices and newcomers that must not.

#include <gmock/gmock.h>

#include "tests/unit/detection/crowd.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

constexpr double kDay = 86'400;
constexpr double kLearned = 8 * kDay;  // whoever comes later is new

// What begins the time in which Sluice learns who is there.
CrowdPage first_of_all() {
  return {.address = "192.0.2.1", .target = "/", .account = "the first", .loads = true};
}

// An account that looks at so many different profiles, one every so many seconds.
std::vector<CrowdPage> look_around(CrowdPage page, int profiles, double seconds) {
  std::vector<CrowdPage> pages;
  for (int i = 0; i < profiles; ++i) {
    page.target = profile(static_cast<std::uint64_t>(i) * 7919 % 100'003);
    pages.push_back(page);
    page.time += seconds;
  }
  return pages;
}

TEST(NewAccount, FiresOnAnAccountThatLooksAtHundredsOnItsFirstDay) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = kLearned, .address = "203.0.113.5", .account = "fresh"}, 100, 30));
  const Crowd::Told* told = crowd.told("203.0.113.5", "new_account");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->pages, 41U) << "a whole day's limits have hardly moved after twenty minutes";
  EXPECT_EQ(told->signal->cause, Cause::reach);
  EXPECT_THAT(told->signal->text,
              HasSubstr("looked at 41 different people in an hour; the limit at this age is 40"));
  EXPECT_EQ(crowd.told("203.0.113.5", "breadth"), nullptr) << "of an old account nobody would mind";
}

TEST(NewAccount, FiresOnTheSlowOnesByTheDay) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = kLearned, .address = "203.0.113.5", .account = "fresh"}, 160, 300));
  const Crowd::Told* told = crowd.told("203.0.113.5", "new_account");
  ASSERT_NE(told, nullptr);
  EXPECT_THAT(told->signal->text, HasSubstr("different people in a day"));
}

TEST(NewAccount, IsHeldAgainstAllAddressesThroughWhichItActs) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  std::vector<CrowdPage> pages = look_around({.time = kLearned, .account = "fresh"}, 120, 25);
  for (std::size_t i = 0; i < pages.size(); ++i)
    pages[i].address = "203.0.113." + std::to_string(1 + i % 6);
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("new_account"), 6U);
}

TEST(NewAccount, IsSilentOnAPersonWhoSignsUpAndLooksAtTwenty) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = kLearned, .address = "203.0.113.5", .account = "newcomer", .loads = true},
                         20, 40));
  EXPECT_EQ(crowd.sources_told("new_account"), 0U);
}

TEST(NewAccount, IsSilentOnAPowerUserWhoReadsEightyOnTheFirstDay) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(
      look_around({.time = kLearned, .address = "203.0.113.5", .account = "keen", .loads = true}, 80, 120));
  EXPECT_EQ(crowd.sources_told("new_account"), 0U);
}

TEST(NewAccount, IsSilentOnAccountsThatWereThereWhileItLearned) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = 6 * kDay, .address = "203.0.113.5", .account = "old"}, 100, 30));
  EXPECT_EQ(crowd.sources_told("new_account"), 0U);
}

TEST(NewAccount, IsSilentOnAnOfficeForOneOfItsThirtyAccounts) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  std::vector<CrowdPage> pages =
      look_around({.time = kLearned, .address = "203.0.113.5", .account = "fresh", .loads = true}, 100, 30);
  for (int person = 0; person < 30; ++person) {
    for (const CrowdPage& page : look_around({.time = kLearned - 100 + person * 3.0,
                                 .address = "203.0.113.5",
                                 .account = "person " + std::to_string(person),
                                 .loads = true},
                                             15, 200))
      pages.push_back(page);
  }
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("new_account"), 0U);
}

TEST(NewAccount, DoesNotBelieveANameThatTheServerRefused) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(
      look_around({.time = kLearned, .address = "203.0.113.5", .account = "guess", .status = 401}, 100, 30));
  EXPECT_EQ(detector.accounts().accounts().size(), 1U);
}

TEST(NewAccount, IsForgivenWithTheDecision) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = kLearned, .address = "203.0.113.5", .account = "fresh"}, 60, 30));
  ASSERT_EQ(crowd.sources_told("new_account"), 1U);
  detector.forgive(source("203.0.113.5"));
  const WallTime later = at(static_cast<std::int64_t>(kLearned) + 2000);
  EXPECT_THAT(detector.evaluate(source("203.0.113.5"), later).signals, testing::IsEmpty());
  EXPECT_NE(detector.accounts().accounts().begun(), 0) << "since when it is there stays known";
}

std::vector<CrowdPage> one_from_many(int networks, std::string account, std::string credential) {
  std::vector<CrowdPage> pages;
  for (int i = 0; i < 120; ++i)
    pages.push_back({.time = i * 20.0,
                     .address = std::to_string(20 + i % networks) + ".8.8.8",
                     .target = profile(static_cast<std::uint64_t>(i) * 7919 % 100'003),
                     .account = account,
                     .credential = credential});
  return pages;
}

TEST(SharedAccount, FiresOnOneAccountFromManyNetworksAtOnce) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(12, "shared", ""));
  EXPECT_EQ(crowd.sources_told("shared_account"), 12U);
  const Crowd::Told* told = crowd.told("22.8.8.8", "shared_account");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->signal->cause, Cause::disguise);
  EXPECT_THAT(told->signal->text,
              HasSubstr("acts with an account that came from 12 networks within an hour"));
}

TEST(SharedAccount, FiresOnOneCredentialFromManyNetworksAtOnce) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(12, "", "session 7"));
  const Crowd::Told* told = crowd.told("22.8.8.8", "shared_account");
  ASSERT_NE(told, nullptr);
  EXPECT_THAT(told->signal->text, HasSubstr("acts with a credential"));
}

TEST(SharedAccount, IsSilentOnAPersonWithATelephoneAnOfficeAndAVpn) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(one_from_many(4, "me", "my session"));
  EXPECT_EQ(crowd.sources_told("shared_account"), 0U);
}

TEST(SharedAccount, IsSilentOnAFamilyOnTheMoveThatReadsLittle) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::vector<CrowdPage> pages = one_from_many(12, "family", "");
  for (CrowdPage& page : pages)
    page.target = profile(page.target.back() % 30U);
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("shared_account"), 0U);
}

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

TEST(AccountTracker, NamesAreToldApartByTheKeyAlone) {
  auto other = std::make_shared<Knowledge>();
  other->seed = 42;
  Detector one = test::detector();
  Detector two = test::detector({}, other);
  for (Detector* detector : {&one, &two}) {
    detector->accounts().accounts().keep_news();
    Crowd(*detector).play({first_of_all()});
  }
  EXPECT_NE(one.accounts().accounts().take_news().at(0).number,
            two.accounts().accounts().take_news().at(0).number);
}

TEST(AccountTracker, AReloadForgetsNoAccount) {
  Detector detector = test::detector();
  Crowd(detector).play({first_of_all()});
  DetectorOptions options;
  options.max_sources = 5000;  // which starts everything else afresh
  auto knowledge = std::make_shared<Knowledge>();
  knowledge->seed = 99;
  ASSERT_TRUE(detector.reconfigure(options, knowledge));
  CrowdPage again = first_of_all();
  again.time = 100;
  Crowd(detector).play({again});
  EXPECT_EQ(detector.accounts().accounts().size(), 1U) << "and the number is the same";
}

}  // namespace
}  // namespace sluice::detection::test
