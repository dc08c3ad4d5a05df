// SPDX-License-Identifier: Apache-2.0
// A user agent as the detector knows it, and what may be concluded from its class. Kept by UserAgentCache,
// read by the heuristics about clients.
#pragma once

#include <string>
#include <vector>

#include "daemon/detection/clients/agents/agent.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/site/robots_rules.h"

namespace sluice::detection {

// A user agent that some source sent lately, and what is known of it.
struct KnownAgent {
  std::string text;  // cut to UserAgentCache::kMaxBytes
  Agent agent;
  // The crawlers that it claims to be: several lists may speak of the same one. Empty: none that can be
  // verified.
  std::vector<const CrawlerDirectory::Crawler*> crawlers;
  const RobotsRules::Group* robots_txt = nullptr;  // what robots.txt asks of it; null: nothing
};

// Whether the agent claims to be a browser that people use. An app with a web view does not count, since it
// also fetches pages by itself.
[[nodiscard]] inline bool claims_browser(const Agent& agent) {
  return agent.agent_class == AgentClass::browser && agent.claim.engine != Engine::none &&
         !agent.claim.web_view;
}

// Whether the agent is a program that follows links by itself. Only Sluice's own list counts, since the lists
// of operators match real browsers too. Feed readers and uptime probes are not robots here: a person told
// them what to fetch.
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
