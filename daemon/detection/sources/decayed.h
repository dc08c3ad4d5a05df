// SPDX-License-Identifier: Apache-2.0
// Sums that decay: an amount counts for half after every half-life. A few bytes, where a window of buckets
// takes fifty.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

// `Sums` sums that are always added to together.
template <std::size_t Sums>
class Decayed {
 public:
  // An amount that comes late counts as of the latest moment.
  void add(const std::array<double, Sums>& amounts, LogSecond now, LogSecond half_life) {
    const double left = share_left(now, half_life);
    for (std::size_t i = 0; i < Sums; ++i)
      sums_[i] = static_cast<float>(static_cast<double>(sums_[i]) * left + amounts[i]);
    if (now > LogSecond{as_of_}) as_of_ = static_cast<std::uint32_t>(now);
  }
  // A steady stream of `rate` a second comes to rate * half_life / ln 2.
  [[nodiscard]] double at(std::size_t which, LogSecond now, LogSecond half_life) const {
    return static_cast<double>(sums_.at(which)) * share_left(now, half_life);
  }

 private:
  [[nodiscard]] double share_left(LogSecond now, LogSecond half_life) const {
    const LogSecond age = now - LogSecond{as_of_};
    return age <= 0 ? 1 : std::exp2(-static_cast<double>(age) / static_cast<double>(half_life));
  }

  std::array<float, Sums> sums_{};
  std::uint32_t as_of_ = 0;
};

}  // namespace sluice::detection
