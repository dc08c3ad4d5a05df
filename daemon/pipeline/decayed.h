// SPDX-License-Identifier: Apache-2.0
// A sum that forgets: what was added loses half of itself with every half-life. Eight bytes where a window of
// buckets takes fifty.
#pragma once

#include <cmath>
#include <cstdint>

#include "daemon/pipeline/log_second.h"

namespace sluice::pipeline {

class Decayed {
 public:
  // What comes late is counted as of the latest moment.
  void add(double amount, LogSecond now, LogSecond half_life) {
    sum_ = static_cast<float>(at(now, half_life) + amount);
    if (now > LogSecond{as_of_}) as_of_ = static_cast<std::uint32_t>(now);
  }
  // A steady stream of `rate` a second comes to rate * half_life / ln 2.
  [[nodiscard]] double at(LogSecond now, LogSecond half_life) const {
    const LogSecond age = now - LogSecond{as_of_};
    if (age <= 0) return sum_;
    return static_cast<double>(sum_) * std::exp2(-static_cast<double>(age) / static_cast<double>(half_life));
  }

 private:
  float sum_ = 0;
  std::uint32_t as_of_ = 0;
};

}  // namespace sluice::pipeline
