// SPDX-License-Identifier: Apache-2.0
// Answers `status` from all parts of the daemon. Owned by Daemon; asked by OperatorService. Reads the parts
// and changes nothing; the rows are made in status_report.h.
#pragma once

#include <string>

#include "daemon/app/health/config_file_monitor.h"
#include "daemon/app/health/log_gap_monitor.h"
#include "daemon/app/health/memory_guard.h"
#include "daemon/app/health/still_served_monitor.h"
#include "daemon/app/lists/list_service.h"
#include "daemon/app/run/kernel_event_service.h"
#include "daemon/app/run/kernel_tables.h"
#include "daemon/app/run/knowledge_service.h"
#include "daemon/app/run/log_service.h"
#include "daemon/app/run/state_keeper.h"
#include "daemon/config/config.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/resolve/resolver.h"

namespace sluice::app {

class StatusService {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    KernelTables& tables;
    const decisions::Ledger& ledger;
    const decisions::Pipeline& pipeline;
    const KernelEventService& events;
    const LogService& logs;
    const ListService& lists;
    const StateKeeper& state;
    const resolve::Resolver& names;
    const LogGapMonitor& log_gap;
    const StillServedMonitor& still_served;
    const KnowledgeService& knowledge;
    const MemoryGuard& memory;
  };
  // The uptime counts from here. The parts must outlive this. `config_path`: the file of the configuration.
  StatusService(std::string config_path, Parts parts);

  // `control`: of the socket that asks.
  [[nodiscard]] control::StatusAnswer status(control::ControlStatus control);

 private:
  Parts parts_;
  ConfigFileMonitor config_file_;
  const WallTime started_;
};

}  // namespace sluice::app
