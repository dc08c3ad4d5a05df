// SPDX-License-Identifier: Apache-2.0
// By how much an operator, or `sluiced learn`, trusts each heuristic more or less than Sluice does: what it
// says is multiplied by its scale and never weighs more than its max_weight. And the one list of all
// heuristics, for whoever goes through them.
#pragma once

#include <span>
#include <string_view>

#include "daemon/detection/finding.h"

namespace sluice::detection {

struct DetectorOptions;

// 0 to kMaxScale; 1: as Sluice weighs it.
struct Scales {
  double breadth = 1;
  double enumeration = 1;
  double decoy = 1;
  double probing = 1;
  double robots = 1;
  double timing = 1;
  double volume = 1;
  double coverage = 1;
  double connections = 1;
  double page_rate = 1;
  double user_agent = 1;
  double client_habits = 1;
  double crawler = 1;
  double tls_claim = 1;
  double group = 1;
  double rotation = 1;
  double new_account = 1;
  double shared_account = 1;
  double returning = 1;
};

// A signal at its limit that is scaled up to this weighs more than any max_weight: more would mean nothing.
inline constexpr double kMaxScale = 4;

struct HeuristicTerms {
  std::string_view name;  // as in Signal::heuristic
  double Scales::*scale;
  double (*weight)(const DetectorOptions&);      // at the limit
  double (*max_weight)(const DetectorOptions&);  // whatever the scale
};

// One for each heuristic, in the order of Scales.
[[nodiscard]] std::span<const HeuristicTerms> heuristic_terms();
// Null for what is none.
[[nodiscard]] const HeuristicTerms* find_terms(std::string_view heuristic);

// Multiplies what a heuristic says by its scale, up to the most that it may say.
void rescale(Signal& signal, const DetectorOptions& options);

}  // namespace sluice::detection
