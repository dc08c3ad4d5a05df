// SPDX-License-Identifier: Apache-2.0
// Pages a minute. Assets do not count: a page may have a hundred of them. Pages that a browser prefetches or
// only revalidates do not count either.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct PageRateOptions {
  bool enabled = true;
  // Two labelled logs: people stay at or under 10 page requests a minute, attackers reach 20 to 262. Three
  // times the fastest person leaves room for tabs opened in one go.
  double pages_per_minute = 30;
  double weight = 2.0;
  double max_weight = 3.0;  // alone below any throttle: an office behind one address is fast together
};

struct PageRate {
  static constexpr std::string_view kName = "page_rate";
  static constexpr Cause kCause = Cause::pace;
  using Options = PageRateOptions;
  static constexpr auto kOptions =
      std::tuple(option("pages_per_minute", &Options::pages_per_minute, 1.0, 100'000.0));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
