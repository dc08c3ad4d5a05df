// SPDX-License-Identifier: Apache-2.0
// A client that claims to be a crawler, while the published ranges of its operator, or DNS, say otherwise.
// Silent where a look-up failed or where there is nothing to compare with.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct CrawlerHeuristicOptions {
  bool enabled = true;
  // Alone it is below the throttle: people use browser extensions that name a search engine's robot, to read
  // what is shown only to robots. With breadth at its limit (3.0) it is a block.
  double weight = 3.5;
};

struct Crawler {
  static constexpr std::string_view kName = "crawler";
  static constexpr Cause kCause = Cause::disguise;
  using Options = CrawlerHeuristicOptions;
  static constexpr std::tuple<> kOptions{};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
