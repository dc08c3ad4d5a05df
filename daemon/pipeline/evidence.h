// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown: one source, as it stands at one moment.
#pragma once

#include <string>
#include <vector>

#include "daemon/pipeline/agents/agent.h"
#include "daemon/pipeline/features.h"
#include "daemon/pipeline/log_second.h"
#include "daemon/pipeline/routes.h"

namespace sluice::pipeline {

// A user agent that some source sent lately, and what it says.
struct KnownAgent {
  std::string text;  // cut to AgentBook::kMaxBytes
  Agent agent;
};

struct Evidence {
  const Features& features;
  const Habits& habits;
  const std::vector<RouteOptions>& routes;
  LogSecond now = 0;
  const KnownAgent* agent = nullptr;  // the last user agent; null: none was told, or it is no longer known
};

}  // namespace sluice::pipeline
