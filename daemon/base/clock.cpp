// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/clock.h"

#include <cstdint>
#include <ctime>

namespace sluice {

WallTime wall_now() {
  return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now());
}

KernelTime kernel_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return {static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec)};
}

KernelTime to_kernel_time(WallTime deadline, WallTime wall_now, KernelTime kernel_now) {
  if (deadline == kForever) return {UINT64_MAX};
  if (deadline <= wall_now) return kernel_now;
  return {kernel_now.ns + static_cast<std::uint64_t>((deadline - wall_now).count())};
}

WallTime to_wall_time(KernelTime time, WallTime wall_now, KernelTime kernel_now) {
  if (time.ns == UINT64_MAX) return kForever;
  return wall_now + Nanoseconds(static_cast<std::int64_t>(time.ns - kernel_now.ns));
}

}  // namespace sluice
