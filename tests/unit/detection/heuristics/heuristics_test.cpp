// SPDX-License-Identifier: Apache-2.0
// Each heuristic with a trace that must fire and a human trace that must not.
#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

double number(const Signal& signal, std::string_view name) {
  const auto at = std::ranges::find(signal.numbers, name, &Number::name);
  EXPECT_NE(at, signal.numbers.end()) << name;
  return at == signal.numbers.end() ? -1 : at->value;
}

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
  EXPECT_GE(number(*signal, "pages_per_minute"), 50);
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
  EXPECT_LT(number(*signal, "subjects_last_hour"), 120);
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
  EXPECT_EQ(number(*signal, "stride"), 1);
}

TEST(Enumeration, FiresOnAConstantStrideDownwards) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 5000; i > 4000; i -= 25)
    bot.person(i);
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(number(*signal, "stride"), -25);
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
  EXPECT_EQ(number(*signal, "stride"), 10);
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

TEST(Decoy, FiresAtOnceAndIsEnoughForABlock) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor bot(detector);
  bot.get("/people/all-contacts?format=csv", 404);
  const Signal* signal = bot.signal("decoy");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("asked once for /people/all-contacts"));
  EXPECT_GE(bot.finding().score, PolicyOptions().block_score);
}

TEST(Decoy, IsSilentOnWhoReadsRobotsAndObeys) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor crawler(detector);
  crawler.get("/robots.txt");
  for (int i = 0; i < 15; ++i) {
    crawler.person(i * 331 % 4999);
    crawler.wait(10);
  }
  EXPECT_EQ(crawler.signal("decoy"), nullptr);
}

TEST(Heuristics, CanBeTurnedOffOneByOne) {
  DetectorOptions options;
  options.page_rate.enabled = false;
  options.enumeration.enabled = false;
  options.coverage.enabled = false;
  options.timing.enabled = false;
  Detector detector = test::detector(options);
  Visitor bot(detector);
  for (int i = 0; i < 130; ++i)
    bot.person(i);
  const Finding finding = bot.finding();
  ASSERT_EQ(finding.signals.size(), 1U);
  EXPECT_EQ(finding.signals.front().heuristic, "breadth");
}

TEST(Heuristics, AddUpTheStrongestOfEachCause) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 200; ++i)
    bot.person(i);
  const Finding finding = bot.finding();
  std::map<Cause, double> strongest;
  double counted = 0;
  for (const Signal& signal : finding.signals) {
    strongest[signal.cause] = std::max(strongest[signal.cause], signal.weight);
    counted += signal.counted;
  }
  EXPECT_EQ(finding.signals.size(), 5U);  // breadth, enumeration, timing, coverage, page_rate
  EXPECT_EQ(strongest.size(), 3U);        // reach, order, pace
  EXPECT_DOUBLE_EQ(finding.score, strongest[Cause::reach] + strongest[Cause::order] + strongest[Cause::pace]);
  EXPECT_DOUBLE_EQ(finding.score, counted);
}

}  // namespace
}  // namespace sluice::detection::test
