// SPDX-License-Identifier: Apache-2.0
// A crawler that is not who it says: its operator's published ranges, or DNS, say otherwise. A look-up that
// failed is no lie, and a name alone is none either.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct CrawlerHeuristicOptions {
  bool enabled = true;
  // Alone below the throttle: people have browser extensions that name a search engine's robot, to read what
  // is shown to those alone. With people's data read at the limit (3.0) it is a block.
  double weight = 3.5;
};

[[nodiscard]] std::optional<Signal> crawler(const SourceView& view, const CrawlerHeuristicOptions& options);

}  // namespace sluice::detection
