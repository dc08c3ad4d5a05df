// SPDX-License-Identifier: Apache-2.0
// The measures, by hand; and cross-validation where there is something to learn and where there is nothing.
#include "daemon/learn/trial.h"

#include <algorithm>
#include <random>

#include "daemon/learn/fit.h"
#include "tests/unit/learn/made.h"

namespace sluice::learn::test {
namespace {

using detection::Cause;

const decisions::PolicyOptions kPolicy;
const Scoring kScoring{detection::DetectorOptions{}};
const ScaleVector kShipped(detection::heuristic_terms().size(), 1.0);

TEST(Measure, CountsWhoIsDecidedUpon) {
  const std::vector<Judged> judged = {
      {7, Kind::scraper}, {5, Kind::scraper}, {0, Kind::scraper}, {5, Kind::person}, {0, Kind::person}};
  const Measures measures = measure(judged, kPolicy);
  EXPECT_DOUBLE_EQ(*measures.block.precision(), 1);
  EXPECT_DOUBLE_EQ(*measures.block.recall(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*measures.throttle.precision(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*measures.throttle.recall(), 2.0 / 3);
  // Of the six pairs three are in order and two draws: (7>5, 7>0), (5=5, 5>0), (0<5, 0=0).
  EXPECT_DOUBLE_EQ(measures.auc, (3 + 2 * 0.5) / 6);
  const double high = probability(7, 6);
  const double middle = probability(5, 6);
  const double low = probability(0, 6);
  EXPECT_DOUBLE_EQ(measures.brier, ((1 - high) * (1 - high) + (1 - middle) * (1 - middle) +
                                    (1 - low) * (1 - low) + middle * middle + low * low) /
                                       5);
  EXPECT_EQ(measures.reliability[0].sources, 2U);
  EXPECT_DOUBLE_EQ(measures.reliability[0].observed, 0.5);
  EXPECT_DOUBLE_EQ(measures.reliability[0].predicted, low);
  EXPECT_EQ(measures.reliability[4].sources, 3U);
}

TEST(Measure, SaysNothingOfNobody) {
  const Measures measures = measure(std::vector<Judged>{{0, Kind::person}}, kPolicy);
  EXPECT_FALSE(measures.block.precision());
  EXPECT_FALSE(measures.block.recall());
  EXPECT_DOUBLE_EQ(measures.auc, 0.5);
}

std::vector<Example> plain(unsigned seed) {
  return made(200,
              {{"enumeration", Cause::order, 3.5, 0.8, 0.02},
               {"breadth", Cause::reach, 3.0, 0.5, 0.02},
               {"user_agent", Cause::client, 2.0, 0.6, 0.6},
               {"probing", Cause::probing, 4.0, 0.3, 0.3}},
              seed);
}

TEST(CrossValidate, WhatIsLearnedHoldsForOthers) {
  const auto trial = cross_validate(plain(1), kShipped, kScoring, kPolicy);
  ASSERT_TRUE(trial);
  EXPECT_GT(trial->after.auc, 0.85);
  EXPECT_GT(trial->after.auc, trial->before.auc);
  EXPECT_LT(trial->after.brier, trial->before.brier);
  EXPECT_LT(trial->after.throttle.wrong, trial->before.throttle.wrong);
}

TEST(CrossValidate, OfShuffledLabelsNothingIsLearned) {
  double sum = 0;
  constexpr unsigned kRuns = 10;
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    std::vector<Example> examples = plain(seed);
    std::vector<Kind> kinds;
    for (const Example& example : examples)
      kinds.push_back(example.kind);
    std::ranges::shuffle(kinds, std::mt19937(seed + 100));
    for (std::size_t i = 0; i < examples.size(); ++i)
      examples[i].kind = kinds[i];
    const auto trial = cross_validate(examples, kShipped, kScoring, kPolicy);
    ASSERT_TRUE(trial);
    sum += trial->after.auc;
  }
  EXPECT_NEAR(sum / kRuns, 0.5, 0.04);
}

TEST(CrossValidate, IsTheSameEachTime) {
  const auto one = cross_validate(plain(1), kShipped, kScoring, kPolicy);
  const auto two = cross_validate(plain(1), kShipped, kScoring, kPolicy);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->after.brier, two->after.brier);
  EXPECT_EQ(one->after.auc, two->after.auc);
}

TEST(CrossValidate, SourcesOfOneLineAreNotBothLearnedFromAndTried) {
  // Scrapers of two networks, each with a habit of its own; people have neither. Whoever has seen half of a
  // network knows the other half by it; left out as a whole, each is as unknown as the weights that ship.
  std::vector<Example> examples;
  for (unsigned i = 0; i < 200; ++i) {
    Example& example = examples.emplace_back();
    example.kind = i < 100 ? Kind::scraper : Kind::person;
    example.line = i < 50 ? 1 : i < 100 ? 2 : i + 1;
    if (i < 100)
      example.strengths = {
          {place(i < 50 ? "user_agent" : "page_rate"), i < 50 ? Cause::client : Cause::pace, 1.0}};
  }
  const auto apart = cross_validate(examples, kShipped, kScoring, kPolicy);
  for (unsigned i = 0; i < 100; ++i)
    examples[i].line = 1000 + i;
  const auto mixed = cross_validate(examples, kShipped, kScoring, kPolicy);
  ASSERT_TRUE(apart && mixed);
  EXPECT_NEAR(apart->after.brier, apart->before.brier, 1e-4) << "nothing of it could be known";
  EXPECT_LT(mixed->after.brier, mixed->before.brier);
}

}  // namespace
}  // namespace sluice::learn::test
