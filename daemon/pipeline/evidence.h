// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown: one source, as it stands at one moment.
#pragma once

#include <string>
#include <vector>

#include "daemon/pipeline/agents/agent.h"
#include "daemon/pipeline/agents/crawlers.h"
#include "daemon/pipeline/features.h"
#include "daemon/pipeline/log_second.h"
#include "daemon/pipeline/long_memory.h"
#include "daemon/pipeline/offence.h"
#include "daemon/pipeline/robots_rules.h"
#include "daemon/pipeline/routes.h"
#include "daemon/pipeline/site_habits.h"

namespace sluice::pipeline {

// A user agent that some source sent lately, and what it says.
struct KnownAgent {
  std::string text;  // cut to AgentBook::kMaxBytes
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

struct Evidence {
  const Features& features;
  const Habits& habits;
  const std::vector<RouteOptions>& routes;
  const SiteHabits& site;
  LogSecond now = 0;
  const KnownAgent* agent = nullptr;  // the last user agent; null: none was told, or it is no longer known
  LongMemory::Reach reach = {};       // over the last weeks
  Offence earlier = {};               // blocks of the past; none: 0
  bool one_hand = false;              // what it asks for follows one order: several people have none
};

}  // namespace sluice::pipeline
