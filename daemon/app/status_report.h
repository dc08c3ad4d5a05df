// SPDX-License-Identifier: Apache-2.0
// The rows of `status`, and what checkup.h says of them. Reads; changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/app/proxy_hint.h"
#include "daemon/app/silence.h"
#include "daemon/config/config.h"
#include "daemon/control/protocol.h"
#include "daemon/kernel/event_source.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/verdict_table.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/resolve/resolver.h"

namespace sluice::app {

struct StatusParts {
  const config::Config& config;
  const kernel::FilterMaps& maps;
  const kernel::VerdictTable& verdicts;
  const kernel::EventSource& events;
  const decisions::Ledger& ledger;
  const decisions::Pipeline& pipeline;
  std::vector<control::LogStatus> logs;
  control::ListsAnswer lists;
  control::StateOrFault<control::StoreState> store;
  control::ControlStatus control;
  resolve::ResolverCounters names;
  Seconds uptime{};
  WallTime now;
  std::optional<ProxyHint::Suspect> proxy;
  std::optional<Silence::Since> silence;
};

[[nodiscard]] control::StatusAnswer report_status(const StatusParts& parts);

}  // namespace sluice::app
