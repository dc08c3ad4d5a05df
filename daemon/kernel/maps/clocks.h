// SPDX-License-Identifier: Apache-2.0
// Both clocks, as arguments: those of the process (daemon/base/clock.h), or a test's. Used by verdict_table
// and event_source, which translate between the kernel's time and people's.
#pragma once

#include <functional>

#include "daemon/base/time.h"

namespace sluice::kernel {

struct Clocks {
  std::function<WallTime()> wall;
  std::function<KernelTime()> kernel;
};

}  // namespace sluice::kernel
