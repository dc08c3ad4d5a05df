// SPDX-License-Identifier: Apache-2.0
// The user agents that Sluice knows without a file: HTTP libraries, driven browsers, AI crawlers, and the
// best known of the others. Short on purpose; an operator's files say more.
#pragma once

#include <span>
#include <string_view>

#include "daemon/detection/clients/agents/agent.h"

namespace sluice::detection {

struct BuiltInAgent {
  std::string_view name;
  std::string_view pattern;  // RE2 syntax
  AgentClass agent_class;
};

// In this order of precedence.
[[nodiscard]] std::span<const BuiltInAgent> known_agents();

}  // namespace sluice::detection
