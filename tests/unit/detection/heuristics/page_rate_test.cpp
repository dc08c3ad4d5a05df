// SPDX-License-Identifier: Apache-2.0
// How many pages a minute a source asks for.
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(PageRate, FiresOnPagesFasterThanAnybodyReads) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 60; ++i) {
    bot.get("/news/" + std::to_string(i * 37 % 101));
    bot.wait(0.9);
  }
  const Signal* signal = bot.signal("page_rate");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("pages in a minute"));
  EXPECT_GE(number_in(*signal, "pages_per_minute"), 50);
  EXPECT_NEAR(signal->weight, 2.5, 0.15);  // nearly twice the limit of 30
}

TEST(PageRate, IsSilentOnAPersonWhosePagesPullHundredsOfAssets) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random;
  fast_reader(person, random, [&] { ASSERT_EQ(person.signal("page_rate"), nullptr); });
}

TEST(PageRate, AloneNeverReachesTheThrottle) {
  Detector detector = test::detector();
  Visitor office(detector);
  for (int i = 0; i < 5000; ++i) {
    office.get("/news/today");
    office.wait(0.01);
  }
  EXPECT_LE(office.finding().score, PageRateOptions().max_weight);
}

TEST(PageRate, GoesWithTheMinute) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 100; ++i)
    bot.get("/news/" + std::to_string(i));
  ASSERT_NE(bot.signal("page_rate"), nullptr);
  bot.wait(70);
  EXPECT_EQ(bot.signal("page_rate"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
