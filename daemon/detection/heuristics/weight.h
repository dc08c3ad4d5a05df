// SPDX-License-Identifier: Apache-2.0
// The one curve that the heuristics' weights follow.
#pragma once

#include <algorithm>
#include <cmath>

namespace sluice::detection {

// `at_limit` where a quantity just reaches its limit (ratio 1), `per_doubling` more for each doubling, up to
// `max`.
[[nodiscard]] inline double grown_weight(double ratio, double at_limit, double per_doubling, double max) {
  return std::min(at_limit + per_doubling * std::log2(std::max(ratio, 1.0)), max);
}

}  // namespace sluice::detection
