// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/connections.h"

#include <fmt/format.h>

namespace sluice::detection {

std::optional<Judgement> Connections::judge(const SourceView& view, const Options& options) {
  // A slow reader finds the connection closed by the server. The shortest default of the common servers is
  // Apache's KeepAliveTimeout of 5 s.
  constexpr double kKeptSeconds = 5;
  constexpr double kPerDoubling = 0.5;
  const SourceProfile& profile = view.profile;
  if (profile.kernel_counts.attempts == 0) return std::nullopt;
  if (view.record.pages < options.min_pages || profile.pace.mean() >= kKeptSeconds) return std::nullopt;
  if (view.agent == nullptr || view.agent->agent.agent_class != AgentClass::browser || is_shared(profile))
    return std::nullopt;
  const double per_request = static_cast<double>(profile.kernel_counts.attempts) / view.record.requests;
  if (per_request < options.min_attempts_per_request) return std::nullopt;
  return Judgement{
      grown_weight(per_request / options.min_attempts_per_request, options.weight, kPerDoubling,
                   options.max_weight),
      fmt::format("opened {} connections for {} requests, {:.1f} s apart on average, and says that it is a "
                  "browser: browsers keep connections open",
                  profile.kernel_counts.attempts, view.record.requests, profile.pace.mean()),
      {{"attempts", static_cast<double>(profile.kernel_counts.attempts)},
       {"attempts_per_request", per_request},
       {"limit_attempts_per_request", options.min_attempts_per_request}}};
}

}  // namespace sluice::detection
