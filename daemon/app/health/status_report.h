// SPDX-License-Identifier: Apache-2.0
// The rows of `status`, and what checkup.h says of them. Reads; changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/app/health/config_file_monitor.h"
#include "daemon/app/health/log_gap_monitor.h"
#include "daemon/app/health/still_served_monitor.h"
#include "daemon/app/health/undeclared_proxy_detector.h"
#include "daemon/app/lists/named_files.h"
#include "daemon/config/config.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/kernel/events/event_source.h"
#include "daemon/kernel/maps/filter_maps.h"
#include "daemon/kernel/maps/verdict_table.h"
#include "daemon/resolve/resolver.h"

namespace sluice::app {

struct StatusParts {
  const config::Config& config;
  const kernel::FilterMaps& maps;
  const kernel::VerdictTable& verdicts;
  kernel::EventSource::Counts events;
  const decisions::Ledger& ledger;
  const decisions::Pipeline& pipeline;
  std::vector<control::LogStatus> logs;
  control::ListsAnswer lists;
  control::StateOrFault<control::StoreState> store;
  std::string state_lost;
  control::ControlStatus control;
  resolve::ResolverCounters names;
  Seconds uptime{};
  WallTime now;
  std::optional<UndeclaredProxyDetector::Suspect> proxy;
  std::optional<LogGapMonitor::Since> silence;
  std::vector<NamedFile> files;
  ConfigFileMonitor::State config_file;
  const StillServedMonitor& still_served;
  std::uint64_t memory_reliefs = 0;
  std::uint64_t lines_lost = 0;
};

[[nodiscard]] control::StatusAnswer report_status(const StatusParts& parts);

}  // namespace sluice::app
