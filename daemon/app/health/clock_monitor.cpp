// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/clock_monitor.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

// More than the slewing of a clock does between two looks.
constexpr auto kStep = std::chrono::seconds(2);

}  // namespace

Nanoseconds wall_ahead_of_kernel() {
  return wall_now().time_since_epoch() - Nanoseconds(static_cast<std::int64_t>(kernel_now().ns));
}

void ClockMonitor::look() {
  const Nanoseconds ahead = wall_ahead_of_kernel();
  const WallTime now = wall_now();
  Nanoseconds step = ahead - std::exchange(ahead_, ahead);
  // A clock that is slewed is followed by the timer of the deadlines, for they differ by little.
  if (std::chrono::abs(step) < kStep) step = Nanoseconds(0);
  ledger_.follow_clock(step, std::exchange(last_look_, now), now);
  if (step == Nanoseconds(0)) return;
  spdlog::warn("the clock was set by {} s: every decision lasts as long as before",
               step.count() / 1'000'000'000);
  expiry_.restart();
}

}  // namespace sluice::app
