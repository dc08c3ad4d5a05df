// SPDX-License-Identifier: Apache-2.0
// The scales of the heuristics that explain an operator's labels best: logistic regression whose coefficients
// are the scales.
//
//   log-odds that a source scrapes = score - block_score + ln(p / (1 - p)),  p = kBlockMeans
//
// so that the policy's ladder keeps its meaning: whoever scores as much as a block takes is a scraper with
// probability p, among sources like those labelled. The score is the detector's, with its causes and limits.
// Scales are drawn towards 1, the weights that ship: a heuristic that the labels say nothing of keeps its
// own, and labels that can be told apart perfectly do not make any of them infinite.
#pragma once

#include <span>

#include "daemon/base/error.h"
#include "daemon/learn/example.h"

namespace sluice::learn {

inline constexpr double kBlockMeans = 0.95;
// The deviation of the normal prior of each scale around 1. A signal at its limit weighs 1 to 6.5, so that a
// coefficient varies by as much as Gelman et al. (Annals of Applied Statistics 2, 2008) take for weakly
// informative: 2.5.
inline constexpr double kSpread = 1.0;
// Below this a signal is silent, and nothing more could be learned of it. It is never evidence of innocence.
inline constexpr double kLeastScale = 0.01;

// That a source with this score scrapes.
[[nodiscard]] double probability(double score, double block_score);

// Scales from kLeastScale to detection::kMaxScale. An error only when the optimiser fails.
[[nodiscard]] Result<ScaleVector> fit(std::span<const Example> examples, const Scoring& scoring,
                                      double block_score);

}  // namespace sluice::learn
