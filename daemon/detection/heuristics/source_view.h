// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown: one source, as it stands at one moment.
#pragma once

#include <string>
#include <vector>

#include "daemon/detection/clients/agents/agent.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/sources/source_record.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/history/reach_history.h"
#include "daemon/detection/history/block_history.h"
#include "daemon/detection/site/robots_rules.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/clients/site_profile.h"

namespace sluice::detection {

// A user agent that some source sent lately, and what it says.
struct KnownAgent {
  std::string text;  // cut to UserAgentCache::kMaxBytes
  Agent agent;
  const CrawlerDirectory::Crawler* crawler =
      nullptr;                                 // that it claims to be; null: none that can be verified
  const RobotsRules::Group* wishes = nullptr;  // what robots.txt asks of it; null: nothing
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

struct SourceView {
  const SourceRecord& record;
  const SourceProfile& profile;
  const std::vector<RouteOptions>& routes;
  const SiteProfile& site;
  LogSecond now = 0;
  const KnownAgent* agent = nullptr;  // the last user agent; null: none was told, or it is no longer known
  ReachHistory::Reach reach = {};       // over the last weeks
  BlockHistory earlier = {};               // blocks of the past; none: 0
  bool one_hand = false;              // what it asks for follows one order: several people have none
};

}  // namespace sluice::detection
