// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/decoy.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::pipeline {

std::optional<Signal> decoy(const Evidence& evidence, const DecoyOptions& options) {
  constexpr LogSecond kMemorySeconds = 86'400;  // like the other evidence, it speaks for a day
  const Features& features = evidence.features;
  if (!options.enabled || features.decoys == 0) return std::nullopt;
  if (evidence.now - features.last_decoy >= kMemorySeconds) return std::nullopt;
  constexpr double kPerFurther = 0.75;
  const double weight = std::min(options.weight + kPerFurther * (features.decoys - 1), options.max_weight);
  return Signal{
      "decoy",
      weight,
      fmt::format("asked {} for {}, which no page links to and robots.txt disallows",
                  features.decoys == 1 ? "once" : fmt::format("{} times", features.decoys), *features.decoy),
      {{"decoy_requests", static_cast<double>(features.decoys)}}};
}

}  // namespace sluice::pipeline
