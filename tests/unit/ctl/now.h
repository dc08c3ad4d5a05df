// SPDX-License-Identifier: Apache-2.0
// The time at which texts that say "2h ago" are made in tests.
#pragma once

#include "daemon/base/time.h"

namespace sluice::ctl {

inline constexpr WallTime kNow{Seconds(1'800'000'000)};  // 2027-01-15T08:00:00Z

}  // namespace sluice::ctl
