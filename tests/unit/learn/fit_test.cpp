// SPDX-License-Identifier: Apache-2.0
// What fitting makes of signals that tell much, little, nothing, or everything.
#include "daemon/learn/fit.h"

#include <cmath>

#include "tests/unit/learn/made.h"

namespace sluice::learn::test {
namespace {

using detection::Cause;

const detection::DetectorOptions kDetector;
const Scoring kScoring(kDetector);
constexpr double kBlock = 6.0;

ScaleVector fitted(const std::vector<Example>& examples) {
  const auto scales = fit(examples, kScoring, kBlock);
  EXPECT_TRUE(scales);
  return scales ? *scales : ScaleVector(detection::heuristic_terms().size(), -1);
}

TEST(Fit, AScoreThatBlocksMeansTheStatedProbability) {
  EXPECT_DOUBLE_EQ(probability(kBlock, kBlock), kBlockMeans);
  EXPECT_NEAR(probability(4.5, kBlock), 0.81, 0.01);
  EXPECT_NEAR(probability(0, kBlock), 0.045, 0.001);
}

TEST(Fit, WhatTellsMuchGainsAndWhatTellsNothingLoses) {
  const auto scales = fitted(made(300,
                                  {{"enumeration", Cause::order, 3.5, 0.9, 0.01},
                                   {"user_agent", Cause::client, 2.0, 0.5, 0.5},
                                   {"probing", Cause::probing, 3.0, 0.4, 0.4}},
                                  1));
  EXPECT_GT(scales[place("enumeration")], 1.2);
  EXPECT_LT(scales[place("user_agent")], 0.5);
  EXPECT_LT(scales[place("probing")], 0.5);
  EXPECT_NEAR(scales[place("decoy")], 1, 1e-3) << "of what nothing is known the weight stays as it ships";
}

TEST(Fit, ASignalIsNeverEvidenceOfInnocence) {
  const auto scales = fitted(made(
      300, {{"enumeration", Cause::order, 3.5, 0.9, 0.01}, {"probing", Cause::probing, 3.0, 0.05, 0.9}}, 2));
  EXPECT_NEAR(scales[place("probing")], kLeastScale, 1e-6);
}

TEST(Fit, WhatSeparatesPerfectlyStaysFinite) {
  const auto examples =
      made(1000, {{"page_rate", Cause::pace, 2.0, 1, 0}, {"decoy", Cause::trap, 6.5, 1, 0}}, 3);
  const auto scales = fitted(examples);
  for (const double scale : scales) {
    EXPECT_TRUE(std::isfinite(scale));
    EXPECT_LE(scale, detection::kMaxScale);
  }
  for (const Example& example : examples) {
    const double score = learn::score(example, scales, kScoring).score;
    EXPECT_LE(score, kDetector.page_rate.max_weight + kDetector.decoy.max_weight) << "limits stay in force";
  }
}

TEST(Fit, OfOneCauseTheOneThatCountsIsFitted) {
  // Both of one cause; the weightier fires for everybody and hides the one that tells.
  const auto scales = fitted(made(400,
                                  {{"page_rate", Cause::pace, 2.5, 0.9, 0.9},
                                   {"timing", Cause::pace, 2.0, 0.9, 0.02},
                                   {"breadth", Cause::reach, 3.0, 0.6, 0.02}},
                                  4));
  EXPECT_LT(scales[place("page_rate")], 0.6);
  EXPECT_GT(scales[place("timing")], scales[place("page_rate")]);
}

TEST(Fit, RecoversTheScalesThatLabelsWereDrawnFrom) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> draw(0, 1);
  std::vector<Example> examples;
  ScaleVector truth(detection::heuristic_terms().size(), 1.0);
  truth[place("breadth")] = 1.4;
  truth[place("enumeration")] = 0.5;
  for (unsigned i = 0; i < 20'000; ++i) {
    Example& example = examples.emplace_back();
    example.line = i + 1;
    if (draw(random) < 0.7) example.strengths.push_back({place("breadth"), Cause::reach, 4 * draw(random)});
    if (draw(random) < 0.7)
      example.strengths.push_back({place("enumeration"), Cause::order, 5 * draw(random)});
    const double chance = probability(score(example, truth, kScoring).score, kBlock);
    example.kind = draw(random) < chance ? Kind::scraper : Kind::person;
  }
  const auto scales = fitted(examples);
  EXPECT_NEAR(scales[place("breadth")], 1.4, 0.1);
  EXPECT_NEAR(scales[place("enumeration")], 0.5, 0.1);
}

TEST(Score, IsTheDetectorsOwnSumTakenApart) {
  Example example;
  example.strengths = {{place("breadth"), Cause::reach, 4.0},
                       {place("page_rate"), Cause::pace, 3.0},
                       {place("timing"), Cause::pace, 1.5},
                       {place("user_agent"), Cause::client, 2.0}};
  ScaleVector scales(detection::heuristic_terms().size(), 1.0);
  Scored scored = score(example, scales, kScoring);
  EXPECT_DOUBLE_EQ(scored.score, 8.0) << "4 of reach, and 5 that support cut to 4";
  EXPECT_DOUBLE_EQ(scored.fixed, 4.0) << "more of what supports would change nothing";
  ASSERT_EQ(scored.slopes.size(), 1U);
  EXPECT_EQ(scored.slopes[0].heuristic, place("breadth"));
  scales[place("page_rate")] = 0.1;
  scored = score(example, scales, kScoring);
  EXPECT_DOUBLE_EQ(scored.score, 4.0 + 1.5 + 2.0) << "now the timing is the strongest of its cause";
  EXPECT_EQ(scored.slopes.size(), 3U);
  EXPECT_DOUBLE_EQ(scored.fixed, 0);
}

TEST(Example, KeepsTheStrongestOfEachHeuristic) {
  Example example;
  detection::Finding finding;
  finding.signals = {{"breadth", 3, "", {}, Cause::reach, 3}};
  example.take(finding);
  finding.signals = {{"breadth", 5, "", {}, Cause::reach, 5}, {"robots", 1, "", {}, Cause::wishes, 1}};
  example.take(finding);
  finding.signals = {{"breadth", 4, "", {}, Cause::reach, 4}};
  example.take(finding);
  ASSERT_EQ(example.strengths.size(), 2U);
  EXPECT_EQ(example.strengths[0].weight, 5);
  EXPECT_EQ(example.strengths[1].cause, Cause::wishes);
}

}  // namespace
}  // namespace sluice::learn::test
