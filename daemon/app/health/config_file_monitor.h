// SPDX-License-Identifier: Apache-2.0
// Compares the configuration file with the configuration in force: a file that was broken since the start
// shows before the restart that it would prevent. Owned by StatusService; doctor shows what it finds. It puts
// nothing in force: Reloader does.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/config/config.h"

namespace sluice::app {

class ConfigFileMonitor {
 public:
  // The file is read again no sooner than this.
  static constexpr Seconds kAgain{2};

  struct State {
    std::size_t faults = 0;
    std::string first_fault;    // with file and line
    std::size_t different = 0;  // keys that have another value in the file than in force
    std::string first_different;

    bool operator==(const State&) const = default;
  };

  explicit ConfigFileMonitor(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const State& look(const config::Config& in_force, KernelTime now);

 private:
  const std::string path_;
  std::optional<KernelTime> looked_;
  State state_;
};

}  // namespace sluice::app
