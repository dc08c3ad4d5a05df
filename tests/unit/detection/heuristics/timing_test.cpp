// SPDX-License-Identifier: Apache-2.0
// Pauses between pages that no person makes.
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(Timing, FiresOnATimer) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 40; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(12);
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::pace);
  EXPECT_THAT(signal->text, HasSubstr("asks for a page every 12.0 s and varies by 0 % of that"));
}

TEST(Timing, FiresOnTheRandomDelayOfCommonTools) {
  int fired = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Detector detector = test::detector();
    Visitor bot(detector);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> factor(0.5, 1.5);
    for (int i = 0; i < 100; ++i) {
      bot.person(i * 331 % 4999);
      bot.wait(10 * factor(random));
    }
    fired += bot.signal("timing") != nullptr ? 1 : 0;
  }
  EXPECT_GE(fired, 18);
}

TEST(Timing, FiresOnPagesWithoutATimeToRead) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 80; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(0.7);
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("leaves no time to read: 100 % of 79 pauses"));
}

TEST(Timing, FiresAroundTheClock) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::mt19937 random(1);
  std::exponential_distribution<double> gap(1.0 / 600);
  for (int i = 0; i < 200; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(gap(random));
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("of the last 24 hours"));
}

TEST(Timing, IsSilentOnPeopleAndWhatWorksForThem) {
  for (const auto visits : {uptime_probe, feed_reader, opens_tabs, reads_one_by_one}) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      Detector detector = test::detector();
      Visitor visitor(detector);
      std::mt19937 random(seed);
      visits(visitor, random, [&] { ASSERT_EQ(visitor.signal("timing"), nullptr) << "seed " << seed; });
    }
  }
}

TEST(Timing, IsSilentOnAnOfficeBehindOneAddress) {
  Detector detector = test::detector();
  Visitor office(detector);
  for (int i = 0; i < 2000; ++i) {
    office.user_agent = std::string(kFirefox) + std::to_string(i % 30);
    office.browse("/people/" + std::to_string(i * 331 % 4999));
    office.wait(0.6);
  }
  EXPECT_EQ(office.signal("timing"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
