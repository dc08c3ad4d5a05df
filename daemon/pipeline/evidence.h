// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown: one source, as it stands at one moment.
#pragma once

#include <string>
#include <vector>

#include "daemon/pipeline/agents/agent.h"
#include "daemon/pipeline/agents/crawlers.h"
#include "daemon/pipeline/features.h"
#include "daemon/pipeline/log_second.h"
#include "daemon/pipeline/routes.h"
#include "daemon/pipeline/site_habits.h"

namespace sluice::pipeline {

// A user agent that some source sent lately, and what it says.
struct KnownAgent {
  std::string text;  // cut to AgentBook::kMaxBytes
  Agent agent;
  const CrawlerDirectory::Crawler* crawler =
      nullptr;  // that it claims to be; null: none that can be verified
};

// As a browser that people use, and not as an app that shows pages and fetches them by itself.
[[nodiscard]] inline bool claims_browser(const Agent& agent) {
  return agent.agent_class == AgentClass::browser && agent.claim.engine != Engine::none &&
         !agent.claim.web_view;
}

struct Evidence {
  const Features& features;
  const Habits& habits;
  const std::vector<RouteOptions>& routes;
  const SiteHabits& site;
  LogSecond now = 0;
  const KnownAgent* agent = nullptr;  // the last user agent; null: none was told, or it is no longer known
};

}  // namespace sluice::pipeline
