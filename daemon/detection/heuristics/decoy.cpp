// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/decoy.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

// Whether no person's browser asks in this way: a page elsewhere can only lead browsers to a decoy, and these
// load what the pages of the site need.
bool is_program(const SourceView& view) {
  constexpr std::uint32_t kEnoughPages = 3;
  const RequestStyle& style = view.profile.style;
  const bool says_browser = view.agent == nullptr || view.agent->agent.agent_class == AgentClass::browser;
  return !says_browser ||
         (style.pages >= kEnoughPages && style.assets == 0 && view.site.assets_a_page() >= 1);
}

}  // namespace

std::optional<Judgement> Decoy::judge(const SourceView& view, const Options& options) {
  constexpr LogSecond kMemorySeconds = 86'400;  // like other signals it lasts for a day
  if (view.profile.decoy() == nullptr) return std::nullopt;
  const DecoyTrace& decoy = *view.profile.decoy();
  if (view.now - decoy.last >= kMemorySeconds) return std::nullopt;
  const std::uint32_t proven = is_program(view) ? decoy.requests : decoy.own;
  if (proven == 0 && decoy.requests == decoy.elsewhere) return std::nullopt;
  constexpr double kPerFurther = 0.75;
  const double weight = proven == 0
                            ? std::min(options.unproven_weight, options.weight)
                            : std::min(options.weight + kPerFurther * (proven - 1), options.max_weight);
  return Judgement{
      weight,
      fmt::format("asked {} for {}, which no page links to and robots.txt disallows{}",
                  decoy.requests == 1 ? "once" : fmt::format("{} times", decoy.requests), decoy.path,
                  proven == 0 ? " (nothing says that no page elsewhere led it there)" : ""),
      {{"decoy_requests", static_cast<double>(decoy.requests)},
       {"proven_requests", static_cast<double>(proven)}}};
}

}  // namespace sluice::detection
