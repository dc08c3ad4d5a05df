// SPDX-License-Identifier: Apache-2.0
// How many different people a source was shown, in an hour, a day, a week and four weeks.
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(Breadth, FiresOnManyPeopleInAnHourWhateverThePace) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::mt19937 random(1);
  for (int i = 0; i < 150; ++i) {
    bot.person(static_cast<int>(random() % 100'000));
    bot.wait(20);  // three pages a minute: slower than a person
  }
  const Signal* signal = bot.signal("breadth");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("different people in an hour; the limit is 120"));
  EXPECT_EQ(bot.signal("page_rate"), nullptr);
}

TEST(Breadth, FiresOnManyPeopleInADay) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::mt19937 random(2);
  for (int i = 0; i < 320; ++i) {
    bot.person(static_cast<int>(random() % 10'000'000));
    bot.wait(240);
  }
  const Signal* signal = bot.signal("breadth");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("different people in a day; the limit is 300"));
  EXPECT_LT(number_in(*signal, "subjects_last_hour"), 120);
}

TEST(Breadth, CountsPeopleNotRequestsAndOnlyWhatWasServed) {
  Detector detector = test::detector();
  Visitor visitor(detector);
  for (int i = 0; i < 1000; ++i) {
    visitor.person(i % 100);          // the same hundred over and over
    visitor.person(10'000 + i, 404);  // nobody there
    visitor.wait(1);
  }
  EXPECT_EQ(visitor.signal("breadth"), nullptr);
}

TEST(Breadth, WeighsSensitiveRoutesMore) {
  DetectorOptions options;
  options.routes.routes = {{"patients", "/patients/{subject}", Sensitivity::high}};
  Detector detector = test::detector(options);
  Visitor visitor(detector);
  for (int i = 0; i < 70; ++i)
    visitor.get("/patients/" + std::to_string(i * 7919 % 100'003));
  const Signal* signal = visitor.signal("breadth");
  ASSERT_NE(signal, nullptr) << "70 of high sensitivity count as 140";
  EXPECT_THAT(signal->text, HasSubstr("weighted by sensitivity: 140.0"));
}

TEST(Breadth, FiresOnWhoStaysBelowTheDaysLimitForAWeek) {
  Detector detector = test::detector();
  Visitor slow(detector);
  std::mt19937 random(5);
  for (int day = 0; day < 7; ++day) {
    for (int i = 0; i < 150; ++i) {
      slow.person(static_cast<int>(random() % 10'000'000));
      slow.wait(86'400.0 / 150);
    }
  }
  const Signal* signal = slow.signal("breadth");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("different people in a week; the limit is 900"));
}

TEST(Breadth, FiresOnWhoStaysBelowTheWeeksLimitForFour) {
  Detector detector = test::detector();
  Visitor slow(detector);
  std::mt19937 random(6);
  for (int day = 0; day < 28; ++day) {
    for (int i = 0; i < 128; ++i) {
      slow.person(static_cast<int>(random() % 10'000'000));
      slow.wait(86'400.0 / 128);
    }
  }
  const Signal* signal = slow.signal("breadth");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("different people in four weeks; the limit is 3000"));
}

// Eighty profiles every day, most of them new, and some read again.
TEST(Breadth, IsSilentOnAPowerUserThroughFourWeeks) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random(8);
  for (int day = 0; day < 28; ++day) {
    for (int i = 0; i < 80; ++i) {
      person.browse("/people/" + std::to_string(random() % 10'000'000), 3);
      person.wait(60);
    }
    person.wait(86'400 - 80 * 60);
    ASSERT_EQ(person.signal("breadth"), nullptr) << "on day " << day;
  }
}

// Thirty people who read twenty profiles each, every working day, with browsers of their own.
TEST(Breadth, IsSilentOnAnOfficeBehindOneAddress) {
  Detector detector = test::detector();
  Visitor office(detector);
  std::mt19937 random(9);
  for (int day = 0; day < 5; ++day) {
    for (int i = 0; i < 600; ++i) {
      office.user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:1" + std::to_string(i % 30) +
                          ".0) Gecko/20100101 Firefox/1" + std::to_string(i % 30) + ".0";
      office.browse("/people/" + std::to_string(random() % 100'000), 3);
      office.wait(45);
      ASSERT_EQ(office.signal("breadth"), nullptr) << "on day " << day << ", page " << i;
    }
    office.wait(86'400 - 600 * 45);
  }
}

// The same with one kind of browser: each of them loads the site's style once a day, and keeps it.
TEST(Breadth, IsSilentOnAnOfficeWithOneKindOfBrowser) {
  Detector detector = test::detector();
  Visitor office(detector);
  std::mt19937 random(11);
  for (int i = 0; i < 360; ++i) {
    office.browse("/people/" + std::to_string(random() % 100'000), 3);
    if (i < 30) office.get("/assets/site.css");
    office.wait(10);
    ASSERT_EQ(office.signal("breadth"), nullptr) << "page " << i;
  }
  EXPECT_EQ(office.signal("coverage"), nullptr);
}

TEST(Breadth, DoesNotTakeABrowserThatKeepsNothingForPeople) {
  Detector detector = test::detector();
  Visitor walker(detector);
  std::mt19937 random(13);
  for (int i = 0; i < 150; ++i) {
    walker.browse("/people/" + std::to_string(random() % 100'000), 3);
    walker.get("/assets/site.css");
    walker.wait(20);
  }
  EXPECT_NE(walker.signal("breadth"), nullptr);
}

TEST(Breadth, DoesNotTakeABrowserThatKeepsItsCacheForPeople) {
  Detector detector = test::detector();
  Visitor walker(detector);
  walker.get("/assets/site.css");
  std::mt19937 random(12);
  for (int i = 0; i < 150; ++i) {
    walker.browse("/people/" + std::to_string(random() % 100'000), 3);
    walker.get("/assets/site.css", 304);
    walker.wait(20);
  }
  EXPECT_NE(walker.signal("breadth"), nullptr);
}

TEST(Breadth, DoesNotTakeUserAgentsTurnedOverForPeople) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 320; ++i) {
    bot.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:1" + std::to_string(i % 90) + ".0) Gecko/20100101";
    bot.person(i * 7919 % 100'003);
    bot.wait(100);
  }
  EXPECT_NE(bot.signal("breadth"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
