// SPDX-License-Identifier: Apache-2.0
// A scale for each heuristic, set by the operator or by `sluiced learn`: the weight of a signal is multiplied
// by it, up to the max_weight of the heuristic. Also the names and weights of all heuristics, for code that
// walks over them by name.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "daemon/detection/heuristics/all.h"

namespace sluice::detection {

// One for each heuristic, in the order of the list. 0 to kMaxScale; 1: as Sluice weighs it.
class Scales {
 public:
  Scales() { values_.fill(1); }

  [[nodiscard]] double& operator[](std::size_t place) { return values_.at(place); }
  [[nodiscard]] double operator[](std::size_t place) const { return values_.at(place); }
  template <class H>
  [[nodiscard]] double& of() {
    return values_[Heuristics::place<H>()];
  }
  template <class H>
  [[nodiscard]] double of() const {
    return values_[Heuristics::place<H>()];
  }

 private:
  std::array<double, Heuristics::kCount> values_{};
};

// A signal at its limit that is scaled up by this much reaches any max_weight: a larger scale changes
// nothing.
inline constexpr double kMaxScale = 4;

struct HeuristicTerms {
  std::string_view name;                          // as in Signal::heuristic
  double (*weight)(const HeuristicOptions&);      // at the limit
  double (*max_weight)(const HeuristicOptions&);  // whatever the scale
};

// One for each heuristic, in the order of the list.
[[nodiscard]] std::span<const HeuristicTerms> heuristic_terms();
// Null: there is no heuristic of that name.
[[nodiscard]] const HeuristicTerms* find_terms(std::string_view heuristic);

}  // namespace sluice::detection
