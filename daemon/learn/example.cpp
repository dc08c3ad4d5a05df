// SPDX-License-Identifier: Apache-2.0
#include "daemon/learn/example.h"

#include <algorithm>
#include <string>

namespace sluice::learn {

using detection::heuristic_terms;

void Example::take(const detection::Finding& finding) {
  for (const detection::Signal& signal : finding.signals) {
    const detection::HeuristicTerms* terms = detection::find_terms(signal.heuristic);
    if (terms == nullptr) continue;
    const auto place = static_cast<std::size_t>(terms - heuristic_terms().data());
    const auto known = std::ranges::find(strengths, place, &Strength::heuristic);
    if (known == strengths.end()) {
      strengths.push_back({place, signal.cause, signal.weight});
    } else {
      known->weight = std::max(known->weight, signal.weight);
    }
  }
}

ScaleVector to_vector(const detection::Scales& scales) {
  ScaleVector vector;
  for (const detection::HeuristicTerms& terms : heuristic_terms())
    vector.push_back(scales.*terms.scale);
  return vector;
}

detection::Scales to_scales(const ScaleVector& vector) {
  detection::Scales scales;
  for (std::size_t i = 0; i < vector.size(); ++i)
    scales.*heuristic_terms()[i].scale = vector[i];
  return scales;
}

Scoring::Scoring(const detection::DetectorOptions& options) : most_supporting(options.most_supporting) {
  for (const detection::HeuristicTerms& terms : heuristic_terms())
    max_weight.push_back(terms.max_weight(options));
}

Scored score(const Example& example, const ScaleVector& scales, const Scoring& scoring) {
  detection::Finding finding;
  for (const Strength& strength : example.strengths) {
    detection::Signal signal;
    signal.cause = strength.cause;
    signal.weight =
        std::min(strength.weight * scales[strength.heuristic], scoring.max_weight[strength.heuristic]);
    finding.signals.push_back(std::move(signal));
  }
  detection::sum_up(finding, scoring.most_supporting);

  Scored scored;
  scored.score = finding.score;
  for (std::size_t i = 0; i < finding.signals.size(); ++i) {
    const detection::Signal& signal = finding.signals[i];
    const Strength& strength = example.strengths[i];
    if (signal.counted <= 0) continue;
    // At its own limit, or at that of all that supports, a little more or less of it changes nothing.
    const bool at_limit =
        signal.counted < signal.weight || signal.weight >= scoring.max_weight[strength.heuristic];
    if (at_limit) {
      scored.fixed += signal.counted;
    } else {
      scored.slopes.push_back({strength.heuristic, strength.weight});
    }
  }
  return scored;
}

}  // namespace sluice::learn
