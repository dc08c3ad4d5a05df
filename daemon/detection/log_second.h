// SPDX-License-Identifier: Apache-2.0
// The unit of time of all windows and counters in detection/.
#pragma once

#include <cstdint>

#include "daemon/base/time.h"

namespace sluice::detection {

// Seconds since 1970.
using LogSecond = std::int64_t;

inline constexpr LogSecond kHour = 3'600;
inline constexpr LogSecond kDay = 86'400;

[[nodiscard]] inline LogSecond log_second(WallTime time) {
  return std::chrono::floor<Seconds>(time).time_since_epoch().count();
}

}  // namespace sluice::detection
