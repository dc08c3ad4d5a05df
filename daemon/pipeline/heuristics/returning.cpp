// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/returning.h"

#include <fmt/format.h>

#include "daemon/pipeline/heuristics/weight.h"

namespace sluice::pipeline {

std::optional<Signal> returning(const Offence& earlier, const ReturningOptions& options) {
  if (!options.enabled || earlier.blocks == 0) return std::nullopt;
  constexpr double kPerDoubling = 0.5;
  return Signal{
      "returning",
      grown_weight(earlier.blocks, options.weight, kPerDoubling, options.max_weight),
      fmt::format("was blocked {}, last on {}",
                  earlier.blocks == 1 ? "once before" : fmt::format("{} times before", earlier.blocks),
                  format_time(earlier.last)),
      {{"blocks_before", static_cast<double>(earlier.blocks)}}};
}

}  // namespace sluice::pipeline
