// SPDX-License-Identifier: Apache-2.0
// A user agent as the detector knows it, and what may be concluded from its class. Kept by UserAgentCache,
// read by the heuristics about clients.
#pragma once

#include <string>

#include "daemon/detection/clients/agents/agent.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/site/robots_rules.h"

namespace sluice::detection {

// A user agent that some source sent lately, and what it says.
struct KnownAgent {
  std::string text;  // cut to UserAgentCache::kMaxBytes
  Agent agent;
  const CrawlerDirectory::Crawler* crawler =
      nullptr;                                     // that it claims to be; null: none that can be verified
  const RobotsRules::Group* robots_txt = nullptr;  // what robots.txt asks of it; null: nothing
};

// As a browser that people use, and not as an app that shows pages and fetches them by itself.
[[nodiscard]] inline bool claims_browser(const Agent& agent) {
  return agent.agent_class == AgentClass::browser && agent.claim.engine != Engine::none &&
         !agent.claim.web_view;
}

// Whether a user agent is that of a program which follows links by itself, as Sluice's own list has it: an
// operator's list matches real browsers too. Feed readers and uptime probes fetch what a person told them to.
[[nodiscard]] inline bool says_robot(const Agent& agent) {
  switch (agent.agent_class) {
    case AgentClass::empty:
    case AgentClass::library:
    case AgentClass::automation:
    case AgentClass::ai_crawler:
    case AgentClass::crawler:
    case AgentClass::scanner:
      return !agent.by_list;
    default:
      return false;
  }
}

}  // namespace sluice::detection
