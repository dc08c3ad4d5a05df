// SPDX-License-Identifier: Apache-2.0
// The two clocks of the process. Only app/ and the adapters read them; detection/ and decisions/ are handed
// the time.
#pragma once

#include "daemon/base/time.h"

namespace sluice {

[[nodiscard]] WallTime wall_now();
[[nodiscard]] KernelTime kernel_now();

// The kernel's time of a wall-clock deadline, given both clocks read at about the same moment. Past deadlines
// give the moment itself; kForever gives the largest value.
[[nodiscard]] KernelTime to_kernel_time(WallTime deadline, WallTime wall_now, KernelTime kernel_now);
[[nodiscard]] WallTime to_wall_time(KernelTime time, WallTime wall_now, KernelTime kernel_now);

}  // namespace sluice
