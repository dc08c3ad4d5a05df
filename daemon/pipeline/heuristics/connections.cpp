// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/connections.h"

#include <fmt/format.h>

#include "daemon/pipeline/heuristics/weight.h"

namespace sluice::pipeline {

std::optional<Signal> connections(const Evidence& evidence, const ConnectionsOptions& options) {
  // Whoever reads slowly finds the connection closed: the shortest default of the common servers is Apache's
  // KeepAliveTimeout of 5 s.
  constexpr double kKeptSeconds = 5;
  constexpr double kPerDoubling = 0.5;
  const Habits& habits = evidence.habits;
  if (!options.enabled || habits.connections.attempts == 0) return std::nullopt;
  if (evidence.features.pages < options.min_pages || habits.pace.mean() >= kKeptSeconds) return std::nullopt;
  if (evidence.agent == nullptr || evidence.agent->agent.agent_class != AgentClass::browser ||
      is_shared(habits))
    return std::nullopt;
  const double per_request = static_cast<double>(habits.connections.attempts) / evidence.features.requests;
  if (per_request < options.min_attempts_per_request) return std::nullopt;
  return Signal{
      "connections",
      grown_weight(per_request / options.min_attempts_per_request, options.weight, kPerDoubling,
                   options.max_weight),
      fmt::format("opened {} connections for {} requests, {:.1f} s apart on average, and says that it is a "
                  "browser: browsers keep connections open",
                  habits.connections.attempts, evidence.features.requests, habits.pace.mean()),
      {{"attempts", static_cast<double>(habits.connections.attempts)},
       {"attempts_per_request", per_request},
       {"limit_attempts_per_request", options.min_attempts_per_request}}};
}

}  // namespace sluice::pipeline
