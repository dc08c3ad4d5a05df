// SPDX-License-Identifier: Apache-2.0
// New accounts that look at more people than new accounts of people do.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/detection/newcomers.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(NewAccount, FiresOnAnAccountThatLooksAtHundredsOnItsFirstDay) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play({first_of_all()});
  crowd.play(look_around({.time = kLearned, .address = "203.0.113.5", .account = "fresh"}, 100, 30));
  const Crowd::Told* told = crowd.told("203.0.113.5", "new_account");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->pages, 41U) << "a whole day's limits have hardly moved after twenty minutes";
  EXPECT_EQ(told->signal->cause, Cause::breadth);
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
  detector.reset_after_block(source("203.0.113.5"));
  const WallTime later = at(static_cast<std::int64_t>(kLearned) + 2000);
  EXPECT_THAT(detector.evaluate(source("203.0.113.5"), later).signals, testing::IsEmpty());
  EXPECT_NE(detector.accounts().accounts().begun(), 0) << "since when it is there stays known";
}

}  // namespace
}  // namespace sluice::detection::test
