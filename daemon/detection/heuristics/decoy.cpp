// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/decoy.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {

std::optional<Judgement> Decoy::judge(const SourceView& view, const Options& options) {
  constexpr LogSecond kMemorySeconds = 86'400;  // like other signals it lasts for a day
  if (view.profile.decoy() == nullptr) return std::nullopt;
  const DecoyTrace& decoy = *view.profile.decoy();
  if (view.now - decoy.last >= kMemorySeconds) return std::nullopt;
  constexpr double kPerFurther = 0.75;
  const double weight = std::min(options.weight + kPerFurther * (decoy.requests - 1), options.max_weight);
  return Judgement{
      weight,
      fmt::format("asked {} for {}, which no page links to and robots.txt disallows",
                  decoy.requests == 1 ? "once" : fmt::format("{} times", decoy.requests), decoy.path),
      {{"decoy_requests", static_cast<double>(decoy.requests)}}};
}

}  // namespace sluice::detection
