// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/notify.h"

#include <chrono>
#include <cstdint>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include "daemon/base/clock.h"

namespace sluice {

void notify_ready(std::string_view status) {
  sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str());
}

void notify_status(std::string_view status) {
  sd_notify(0, fmt::format("STATUS={}", status).c_str());
}

void notify_reloading() {
  sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", kernel_now().ns / 1000).c_str());
}

void notify_stopping() {
  sd_notify(0, "STOPPING=1");
}

std::optional<Nanoseconds> watchdog_interval() {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
  return std::chrono::microseconds(usec);
}

void notify_alive() {
  sd_notify(0, "WATCHDOG=1");
}

}  // namespace sluice
