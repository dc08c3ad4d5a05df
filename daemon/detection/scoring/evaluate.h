// SPDX-License-Identifier: Apache-2.0
// Asks every heuristic of the list and makes one finding of the answers. Used by the detector.
#pragma once

#include "daemon/detection/finding.h"
#include "daemon/detection/heuristics/all.h"
#include "daemon/detection/heuristics/network_view.h"
#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/scoring/scales.h"

namespace sluice::detection {

// The largest weight of a heuristic at any scale. A heuristic without a max_weight has a single weight.
template <class Options>
[[nodiscard]] constexpr double max_weight_of(const Options& options) {
  if constexpr (requires { options.max_weight; }) {
    return options.max_weight;
  } else {
    return options.weight;
  }
}

struct ScoringOptions {
  HeuristicOptions heuristics;
  Scales scales;
  // The signals that can only support others count for at most this much together. It is below the throttle.
  double most_supporting = 4.0;
};

// Fills the signals and the score of a finding.
void evaluate(const SourceView& view, const ScoringOptions& options, Finding& finding);
void evaluate(const NetworkView& view, const ScoringOptions& options, Finding& finding);

}  // namespace sluice::detection
