// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/status_service.h"

#include <chrono>
#include <utility>

#include "daemon/app/health/status_report.h"
#include "daemon/base/clock.h"

namespace sluice::app {

StatusService::StatusService(std::string config_path, Parts parts)
    : parts_(parts), config_file_(std::move(config_path)), started_(wall_now()) {}

control::StatusAnswer StatusService::status(control::ControlStatus control) {
  const WallTime now = wall_now();
  return report_status({.config = parts_.config,
                        .maps = parts_.tables.maps(),
                        .verdicts = parts_.tables.verdicts(),
                        .events = parts_.events.counts(),
                        .ledger = parts_.ledger,
                        .pipeline = parts_.pipeline,
                        .logs = parts_.logs.status(),
                        .lists = parts_.lists.status(),
                        .store = parts_.state.health(),
                        .state_lost = parts_.state.set_aside().value_or(""),
                        .control = control,
                        .names = parts_.names.counters(),
                        .uptime = std::chrono::duration_cast<Seconds>(now - started_),
                        .now = now,
                        .proxy = parts_.logs.undeclared_proxy(),
                        .silence = parts_.log_gap.suspicious(),
                        .files = parts_.knowledge.file_states(),
                        .config_file = config_file_.look(parts_.config, kernel_now()),
                        .still_served = parts_.still_served,
                        .memory_reliefs = parts_.memory.reliefs(),
                        .lines_lost = parts_.logs.lost()});
}

}  // namespace sluice::app
