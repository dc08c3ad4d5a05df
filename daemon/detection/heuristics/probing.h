// SPDX-License-Identifier: Apache-2.0
// Looking for what is not there: many different pages that the site does not have or does not show, and paths
// that only tools which look for weaknesses ask for.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

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

[[nodiscard]] std::optional<Signal> probing(const SourceView& view, const ProbingOptions& options);

}  // namespace sluice::detection
