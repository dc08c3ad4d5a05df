// SPDX-License-Identifier: Apache-2.0
// Pages a minute. Assets do not count: a person's page pulls a hundred of them. Nor does what a browser
// prefetches on a guess, or asks again whether its copy is still good.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct PageRateOptions {
  bool enabled = true;
  // Two labelled logs: people stay at or under 10 page requests a minute, attackers reach 20 to 262. Three
  // times the fastest person leaves room for tabs opened in one go.
  double pages_per_minute = 30;
  double weight = 2.0;
  double max_weight = 3.0;  // alone below any throttle: an office behind one address is fast together
};

[[nodiscard]] std::optional<Signal> page_rate(const SourceView& view, const PageRateOptions& options);

}  // namespace sluice::detection
