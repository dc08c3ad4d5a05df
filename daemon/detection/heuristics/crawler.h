// SPDX-License-Identifier: Apache-2.0
// A crawler that is not who it says: its operator's published ranges, or DNS, say otherwise. A look-up that
// failed is no lie, and a name alone is none either.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct CrawlerHeuristicOptions {
  bool enabled = true;
  // Alone below the throttle: people have browser extensions that name a search engine's robot, to read what
  // is shown to those alone. With people's data read at the limit (3.0) it is a block.
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
