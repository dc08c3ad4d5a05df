// SPDX-License-Identifier: Apache-2.0
// How many pages about people, and how many bytes of them, a source carries off in an hour.
#include <random>

#include <gmock/gmock.h>

#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(Volume, FiresOnPagesCarriedOff) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 3600; ++i) {
    bot.person(i % 900);
    bot.wait(2);
  }
  const Signal* signal = bot.signal("volume");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::pace);
  EXPECT_THAT(signal->text, HasSubstr("pages about people an hour"));
}

TEST(Volume, FiresOnHeavyPages) {
  Detector detector = test::detector();
  Visitor bot(detector);
  bot.bytes = 900'000;
  for (int i = 0; i < 240; ++i) {
    bot.person(i);
    bot.wait(20);
  }
  const Signal* signal = bot.signal("volume");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("(900 KB each); the limits are 600 pages and 60 MB"));
}

TEST(Volume, IsSilentOnAPersonWhoWatchesAFilmAndLoadsAnArchive) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random;
  loads_much(person, random, [&] { ASSERT_EQ(person.signal("volume"), nullptr); });
}

}  // namespace
}  // namespace sluice::detection::test
