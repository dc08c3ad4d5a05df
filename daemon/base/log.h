// SPDX-License-Identifier: Apache-2.0
// The process's log: spdlog on standard error, with the priority prefixes of journald when systemd reads it.
// The functions are for adapters and app/; pipeline/ does not log.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/base/time.h"

namespace sluice {

// level: "debug", "info", "warning", "error". Called once, by main, before threads.
void set_up_log(std::string_view level);

// Lets one line through a minute and counts what it held back, for conditions that strangers can cause at any
// rate.
class LogThrottle {
 public:
  // How many were held back since the last one let through; nothing when this one is to be held back too.
  [[nodiscard]] std::optional<std::uint64_t> admit(KernelTime now);

 private:
  bool ever_ = false;
  KernelTime last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace sluice
