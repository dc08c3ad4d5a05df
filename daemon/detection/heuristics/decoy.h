// SPDX-License-Identifier: Apache-2.0
// Requests for decoys: paths that no person is led to (¶14: design elements that make automated collection
// harder).
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct DecoyOptions {
  bool enabled = true;
  double weight = 6.5;  // the first decoy
  double max_weight = 8.0;
  // What may be a page elsewhere that embeds a decoy: with nothing else it decides nothing.
  double unproven_weight = 2.5;
};

struct Decoy {
  static constexpr std::string_view kName = "decoy";
  static constexpr Cause kCause = Cause::decoy;
  using Options = DecoyOptions;
  static constexpr std::tuple<> kOptions{};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
