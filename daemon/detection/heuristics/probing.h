// SPDX-License-Identifier: Apache-2.0
// Looking for what is not there: many different pages that the site does not have or does not show, and paths
// that only tools which look for weaknesses ask for.
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
  // And so large a share of all pages: thirty people behind one address meet a dozen dead links together, in
  // hundreds of pages; one page in ten is more than a site whose readers stay has.
  double min_share = 0.1;
  // Requests for known probe paths that the site refused. People: none in either log. Two more than a curious
  // one, who looks once.
  unsigned probes = 3;
  double weight = 3.0;
  double max_weight = 5.5;  // alone a throttle, not a block: a tool that looks for dead links is no thief
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
