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
  const Nanoseconds step = ahead - std::exchange(ahead_, ahead);
  if (std::chrono::abs(step) < kStep) return;
  spdlog::warn("the clock was set by {} s: the deadlines in the kernel follow", step.count() / 1'000'000'000);
  for (const decisions::Decision* decision : ledger_.all()) {
    const auto written = verdicts_.apply(*decision, ledger_.armed(*decision));
    if (!written) spdlog::error("{}", written.error().message());
  }
  expiry_.restart();
}

}  // namespace sluice::app
