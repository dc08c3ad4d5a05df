// SPDX-License-Identifier: Apache-2.0
// Time between pages as no reader leaves it: regular, without a pause to read, around the clock.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct TimingOptions {
  bool enabled = true;
  // Silent below so many different subjects read or looked for: a monitoring probe and a feed reader are
  // regular too, on one path.
  unsigned min_subjects = 10;
  // Deviation over mean of the gaps. A timer has none; the jitter that common tools add, half to one and a
  // half times the delay (Scrapy's RANDOMIZE_DOWNLOAD_DELAY, wget's --random-wait), makes 0.29. People's gaps
  // are spread wider than an exponential's (Paxson and Floyd 1995; Barabasi 2005), so 1 and more; over the 64
  // that are remembered an exponential comes below 0.35 once in millions.
  double max_variation = 0.35;
  // Share of gaps of at most a second, over at least sixty: less than one pause to read in twenty pages.
  // People who open the ten links of a list in tabs pause after each ten.
  double min_hurried_share = 0.95;
  // Hours of the last 24 with a page. People sleep: seven hours are four too many for this.
  unsigned active_hours = 21;
  double weight = 1.5;      // for one of the three; 0.75 for each further
  double max_weight = 2.5;  // only supports: a script of one's own is regular too
};

[[nodiscard]] std::optional<Signal> timing(const SourceView& view, const TimingOptions& options);

}  // namespace sluice::detection
