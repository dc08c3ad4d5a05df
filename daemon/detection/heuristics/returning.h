// SPDX-License-Identifier: Apache-2.0
// Whether the source was blocked before, within the memory of the policy. It only adds to other signals: an
// address changes hands, so earlier blocks alone mean nothing.
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
  // Two thirds of the way from a limit that is just reached (3.0) to the throttle (4.5). With it a source
  // that was blocked yesterday is throttled at 1.25 times a limit of breadth, other sources at twice the
  // limit.
  double weight = 1.0;      // blocked once
  double max_weight = 2.0;  // each doubling of the blocks adds 0.5
};

struct Returning {
  static constexpr std::string_view kName = "returning";
  static constexpr Cause kCause = Cause::history;
  using Options = ReturningOptions;
  static constexpr std::tuple<> kOptions{};
  // Without other signals there is nothing to add to.
  static constexpr bool kOnlyBesideOthers = true;

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
  [[nodiscard]] static std::optional<Judgement> judge(const NetworkView& view, const Options& options);
};

}  // namespace sluice::detection
