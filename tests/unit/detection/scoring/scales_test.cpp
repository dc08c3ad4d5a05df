// SPDX-License-Identifier: Apache-2.0
// Scales multiply what heuristics say, up to what each may say.
#include "daemon/detection/scoring/scales.h"

#include <algorithm>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

// Somebody whom breadth and enumeration have something against.
Finding walk(const DetectorOptions& options) {
  Detector detector = test::detector(options);
  Visitor bot(detector);
  for (int i = 0; i < 130; ++i)
    bot.person(i);
  return bot.finding();
}

double weight(const Finding& finding, std::string_view heuristic) {
  const auto at = std::ranges::find(finding.signals, heuristic, &Signal::heuristic);
  EXPECT_NE(at, finding.signals.end()) << heuristic;
  return at == finding.signals.end() ? -1 : at->weight;
}

TEST(Scales, MultiplyWhatAHeuristicSays) {
  DetectorOptions options;
  const Finding as_shipped = walk(options);
  options.scales.breadth = 0.5;
  options.scales.page_rate = 0;
  const Finding scaled = walk(options);
  EXPECT_DOUBLE_EQ(weight(scaled, "breadth"), 0.5 * weight(as_shipped, "breadth"));
  EXPECT_DOUBLE_EQ(weight(scaled, "enumeration"), weight(as_shipped, "enumeration"));
  EXPECT_EQ(weight(scaled, "page_rate"), 0) << "silent, and shown all the same";
  EXPECT_LT(scaled.score, as_shipped.score);
}

TEST(Scales, NeverLiftASignalAboveItsLimit) {
  DetectorOptions options;
  options.scales.breadth = options.scales.enumeration = options.scales.page_rate = kMaxScale;
  const Finding finding = walk(options);
  EXPECT_DOUBLE_EQ(weight(finding, "breadth"), options.breadth.max_weight);
  EXPECT_DOUBLE_EQ(weight(finding, "enumeration"), options.enumeration.max_weight);
  EXPECT_DOUBLE_EQ(weight(finding, "page_rate"), options.page_rate.max_weight);
}

TEST(Scales, LeaveAloneWhatIsNoHeuristic) {
  Signal signal{"somebody", 3, "says something", {}, Cause::reach, 0};
  rescale(signal, {});
  EXPECT_EQ(signal.weight, 3);
  EXPECT_EQ(find_terms("somebody"), nullptr);
  for (const HeuristicTerms& terms : heuristic_terms())
    EXPECT_LE(terms.weight({}), terms.max_weight({})) << terms.name;
}

}  // namespace
}  // namespace sluice::detection::test
