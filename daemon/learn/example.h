// SPDX-License-Identifier: Apache-2.0
// One labelled source with the strongest that each heuristic had against it, and what score that makes under
// other scales. The sum is the detector's own.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/learn/labels.h"
#include "daemon/detection/detector.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/scoring/scales.h"

namespace sluice::learn {

struct Strength {
  std::size_t heuristic = 0;  // its place in pipeline::heuristic_terms()
  detection::Cause cause = detection::Cause::reach;
  double weight = 0;  // at a scale of 1
};

struct Example {
  Prefix source;
  Kind kind = Kind::person;
  unsigned line = 0;                // of the label
  std::vector<Strength> strengths;  // of the heuristics that spoke, each once

  // Keeps of each heuristic the strongest that it said.
  void take(const detection::Finding& finding);
};

// A scale for each of pipeline::heuristic_terms(), in its order.
using ScaleVector = std::vector<double>;

[[nodiscard]] ScaleVector to_vector(const detection::Scales& scales);
[[nodiscard]] detection::Scales to_scales(const ScaleVector& vector);

// How signals become a score, whatever their scales.
struct Scoring {
  std::vector<double> max_weight;  // for each heuristic
  double most_supporting = 0;

  explicit Scoring(const detection::DetectorOptions& options);
};

// A score, taken apart: score = fixed + the sum of slope * scale over `parts`, as long as the same signals
// count and none of them reaches a limit.
struct Slope {
  std::size_t heuristic = 0;
  double slope = 0;
};
struct Scored {
  double score = 0;
  double fixed = 0;
  std::vector<Slope> slopes;
};

[[nodiscard]] Scored score(const Example& example, const ScaleVector& scales, const Scoring& scoring);

}  // namespace sluice::learn
