// SPDX-License-Identifier: Apache-2.0
// The process's log: spdlog on standard error, with the priority prefixes of journald when systemd reads it.
// The functions are for adapters and app/; detection/ and decisions/ do not log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/base/time.h"

namespace sluice {

// level: "debug", "info", "warning", "error". Called once, by main, before threads.
void set_up_log(std::string_view level);

// A field of the journal beside the line's text: capitals, digits and underscores, such as "SLUICE_SOURCE".
struct JournalField {
  std::string_view name;
  std::string_view value;
};
// One event as one line, and where journald reads it with fields to search by (journalctl
// SLUICE_SOURCE=192.0.2.7). `text` must be printable.
void log_event(std::string_view text, std::span<const JournalField> fields);

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

// Lets lines through as they come, up to a burst and then so many a second, and counts what it held back: for
// what is worth a line each as long as nobody makes a flood of it.
class LogBudget {
 public:
  static constexpr double kBurst = 200;
  static constexpr double kPerSecond = 10;

  // As LogThrottle::admit.
  [[nodiscard]] std::optional<std::uint64_t> admit(KernelTime now);

 private:
  double tokens_ = kBurst;
  KernelTime last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace sluice
