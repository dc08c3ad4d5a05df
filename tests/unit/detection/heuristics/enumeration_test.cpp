// SPDX-License-Identifier: Apache-2.0
// Identifiers asked for in an order, as a block, by the alphabet, or at random where most do not exist.
#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(Enumeration, FiresOnASequence) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 101; i < 137; ++i) {
    bot.person(i);
    bot.wait(120);  // two minutes apart
  }
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text,
              HasSubstr("/people/{subject} for 36 identifiers from 101 to 136 one after the other"));
  EXPECT_EQ(number_in(*signal, "stride"), 1);
}

TEST(Enumeration, FiresOnAConstantStrideDownwards) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 5000; i > 4000; i -= 25)
    bot.person(i);
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(number_in(*signal, "stride"), -25);
}

TEST(Enumeration, FiresOnAShuffledBlock) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::vector<int> block(40);
  std::iota(block.begin(), block.end(), 700);
  std::ranges::shuffle(block, std::mt19937(3));
  for (const int i : block)
    bot.person(i);
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("as a block in mixed order"));
}

TEST(Enumeration, FiresOnAShuffledBlockOfEveryTenth) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::vector<int> block;
  for (int i = 0; i < 40; ++i)
    block.push_back(1000 + 10 * i);
  std::ranges::shuffle(block, std::mt19937(4));
  for (const int i : block)
    bot.person(i);
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(number_in(*signal, "stride"), 10);
}

TEST(Enumeration, FiresWhenMostDoNotExist) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 30; ++i)
    bot.person(90'000 + i, i % 10 == 0 ? 200 : 404);
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("27 of them do not exist"));
}

TEST(Enumeration, SeesThroughTwoRoutesWalkedTogether) {
  DetectorOptions options;
  options.routes.routes = {{"people", "/people/{subject}", Sensitivity::normal},
                           {"companies", "/companies/{subject}", Sensitivity::low}};
  Detector detector = test::detector(options);
  Visitor bot(detector);
  for (int i = 0; i < 30; ++i) {
    bot.person(i);
    bot.get("/companies/" + std::to_string(7 * i + 11));
  }
  ASSERT_NE(bot.signal("enumeration"), nullptr);
}

TEST(Enumeration, IsSilentOnAPersonReadingEightyProfilesInADay) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Detector detector = test::detector();
    Visitor person(detector);
    std::mt19937 random(seed);
    power_user(person, random);
    EXPECT_EQ(person.finding().score, 0) << "seed " << seed << ": " << person.finding().signals.front().text;
  }
}

TEST(Enumeration, IsSilentOnAListReadByTensWithJumps) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random;
  reads_by_lists(person, random, [&] { ASSERT_EQ(person.signal("enumeration"), nullptr); });
}

TEST(Enumeration, ForgetsWhatIsOlderThanADay) {
  Detector detector = test::detector();
  Visitor visitor(detector);
  for (int i = 0; i < 30; ++i)
    visitor.person(i);
  visitor.wait(86'400 + 1);
  EXPECT_EQ(visitor.signal("enumeration"), nullptr);
}

TEST(Enumeration, FiresOnNamesInTheOrderOfTheAlphabet) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (unsigned i = 0; i < 100; ++i) {
    bot.get("/people/" + name(i * 97));
    bot.wait(120);
  }
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(
      signal->text,
      HasSubstr(
          "asked /people/{subject} for names in the order of the alphabet (100 % of the last 99 steps)"));
}

TEST(Enumeration, IsSilentOnNamesAsAPersonFindsThem) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Detector detector = test::detector();
    Visitor person(detector);
    std::mt19937 random(seed);
    finds_names(person, random, [&] { ASSERT_EQ(person.signal("enumeration"), nullptr) << "seed " << seed; });
  }
}

}  // namespace
}  // namespace sluice::detection::test
