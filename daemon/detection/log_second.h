// SPDX-License-Identifier: Apache-2.0
// The time that windows count in.
#pragma once

#include <cstdint>

#include "daemon/base/time.h"

namespace sluice::detection {

// Seconds since 1970.
using LogSecond = std::int64_t;

[[nodiscard]] inline LogSecond log_second(WallTime time) {
  return std::chrono::floor<Seconds>(time).time_since_epoch().count();
}

}  // namespace sluice::detection
