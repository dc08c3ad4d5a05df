// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/config_file_monitor.h"

#include "daemon/config/changes.h"
#include "daemon/config/load.h"

namespace sluice::app {

const ConfigFileMonitor::State& ConfigFileMonitor::look(const config::Config& in_force, KernelTime now) {
  if (looked_ && now.ns - looked_->ns < static_cast<std::uint64_t>(Nanoseconds(kAgain).count()))
    return state_;
  looked_ = now;
  state_ = {};
  const auto loaded = config::load(path_);
  if (!loaded) {
    state_.faults = loaded.error().size();
    state_.first_fault = config::to_string(loaded.error().front());
    return state_;
  }
  const auto changes = config::changes(in_force, *loaded);
  state_.different = changes.size();
  if (!changes.empty()) state_.first_different = changes.front().key;
  return state_;
}

}  // namespace sluice::app
