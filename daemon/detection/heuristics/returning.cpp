// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/returning.h"

#include <fmt/format.h>

#include "daemon/detection/heuristics/weight.h"

namespace sluice::detection {

std::optional<Signal> returning(const BlockHistory& earlier, const ReturningOptions& options) {
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

}  // namespace sluice::detection
