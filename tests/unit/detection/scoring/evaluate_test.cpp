// SPDX-License-Identifier: Apache-2.0
// How the signals of all heuristics become one finding.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

TEST(Heuristics, CanBeTurnedOffOneByOne) {
  DetectorOptions options;
  options.scoring.heuristics.of<PageRate>().enabled = false;
  options.scoring.heuristics.of<Enumeration>().enabled = false;
  options.scoring.heuristics.of<Coverage>().enabled = false;
  options.scoring.heuristics.of<Timing>().enabled = false;
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
  EXPECT_DOUBLE_EQ(finding.score,
                   strongest[Cause::breadth] + strongest[Cause::order] + strongest[Cause::pace]);
  EXPECT_DOUBLE_EQ(finding.score, counted);
}

}  // namespace
}  // namespace sluice::detection::test
