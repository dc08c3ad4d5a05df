// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/returning.h"

#include <fmt/format.h>

namespace sluice::detection {
namespace {

std::optional<Judgement> judge_history(const BlockHistory& earlier, const ReturningOptions& options) {
  if (earlier.blocks == 0) return std::nullopt;
  constexpr double kPerDoubling = 0.5;
  return Judgement{
      grown_weight(earlier.blocks, options.weight, kPerDoubling, options.max_weight),
      fmt::format("was blocked {}, last on {}",
                  earlier.blocks == 1 ? "once before" : fmt::format("{} times before", earlier.blocks),
                  format_time(earlier.last)),
      {{"blocks_before", static_cast<double>(earlier.blocks)}}};
}

}  // namespace

std::optional<Judgement> Returning::judge(const SourceView& view, const Options& options) {
  return judge_history(view.earlier, options);
}

std::optional<Judgement> Returning::judge(const NetworkView& view, const Options& options) {
  return judge_history(view.earlier, options);
}

}  // namespace sluice::detection
