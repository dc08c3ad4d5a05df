// SPDX-License-Identifier: Apache-2.0
// Many different pages that do not exist or are refused, and paths that only vulnerability scanners ask for.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct ProbingOptions {
  bool enabled = true;
  // Different pages answered 403, 404 or 410 within a day. Two labelled logs: people at most 4, scanners 16
  // to 115; three times the most of any person. A phone's touch icons are assets and do not count.
  unsigned missing_pages = 12;  // 2 to 64 (PathSet::kMost)
  // And they must be this share of all pages. Thirty people behind one address may meet a dozen dead links,
  // but among hundreds of pages.
  double min_share = 0.1;
  // Requests for known probe paths that the site refused. People made none in either log. A curious person
  // may look once.
  unsigned probes = 3;
  double weight = 3.0;
  double max_weight = 5.5;  // alone a throttle, not a block: a link checker does no harm
};

struct Probing {
  static constexpr std::string_view kName = "probing";
  static constexpr Cause kCause = Cause::probing;
  using Options = ProbingOptions;
  static constexpr auto kOptions = std::tuple(option("missing_pages", &Options::missing_pages, 2U, 64U),
                                              option("min_share", &Options::min_share, 0.0, 1.0),
                                              option("probes", &Options::probes, 1U, 1'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
