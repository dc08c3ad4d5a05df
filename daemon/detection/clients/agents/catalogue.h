// SPDX-License-Identifier: Apache-2.0
// Lists of user agents from an operator's file, in two published formats:
//   an array of {"pattern": REGULAR EXPRESSION, "tags": [...], ...}
//   (github.com/monperrus/crawler-user-agents) an object of {"NAME": {...}, ...}, each an AI crawler
//   (github.com/ai-robots-txt/ai.robots.txt)
// Text in, entries out; classifier.h matches them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/clients/agents/agent.h"

namespace sluice::detection {

struct AgentPattern {
  std::string name;     // shown for a match
  std::string pattern;  // RE2 syntax, found anywhere in the user agent
  AgentClass agent_class = AgentClass::crawler;
};

struct AgentCatalogue {
  static constexpr std::size_t kMaxEntries = 20'000;
  static constexpr std::size_t kMaxPattern = 512;  // bytes

  std::vector<AgentPattern> entries;
  std::vector<std::string> faults;  // entries left out, each with its number or name and the reason
};

// Fails on text in neither format. Malformed entries are left out and named in `faults`.
[[nodiscard]] Result<AgentCatalogue> parse_agent_catalogue(std::string_view json);

}  // namespace sluice::detection
