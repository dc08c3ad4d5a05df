// SPDX-License-Identifier: Apache-2.0
// Whether the source was blocked before, within the policy's memory: supports what else speaks against it
// now. An address changes hands, so that alone it means nothing.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/network_view.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct ReturningOptions {
  bool enabled = true;
  // Two thirds of the way from a first limit reached (3.0) to the throttle (4.5): with it, who was blocked
  // yesterday is throttled at 1.25 times of a limit of breadth, others at twice of it.
  double weight = 1.0;      // blocked once
  double max_weight = 2.0;  // doubles of the blocks add 0.5
};

struct Returning {
  static constexpr std::string_view kName = "returning";
  static constexpr Cause kCause = Cause::history;
  using Options = ReturningOptions;
  static constexpr std::tuple<> kOptions{};
  // Alone it says nothing, and need not be told.
  static constexpr bool kOnlyBesideOthers = true;

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
  [[nodiscard]] static std::optional<Judgement> judge(const NetworkView& view, const Options& options);
};

}  // namespace sluice::detection
