// SPDX-License-Identifier: Apache-2.0
// Time between pages that no reader leaves: too regular, without a pause to read, or around the clock.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct TimingOptions {
  bool enabled = true;
  // Silent below this many different subjects: a monitoring probe and a feed reader are regular too, but on
  // one path.
  unsigned min_subjects = 10;
  // Deviation over mean of the gaps. A timer has none; the jitter that common tools add, half to one and a
  // half times the delay (Scrapy's RANDOMIZE_DOWNLOAD_DELAY, wget's --random-wait), makes 0.29. People's gaps
  // are spread wider than an exponential's (Paxson and Floyd 1995; Barabasi 2005), so 1 and more; over the 64
  // that are remembered an exponential comes below 0.35 once in millions.
  double max_variation = 0.35;
  // Share of gaps of at most a second, over at least sixty: less than one pause to read in twenty pages.
  // People who open the ten links of a list in tabs pause after each ten.
  double min_hurried_share = 0.95;
  // Hours of the last 24 with a page. People sleep.
  unsigned active_hours = 21;
  double weight = 1.5;      // for one of the three; each further one adds 0.75
  double max_weight = 2.5;  // only supports: a person's own script is regular too
};

struct Timing {
  static constexpr std::string_view kName = "timing";
  static constexpr Cause kCause = Cause::pace;
  using Options = TimingOptions;
  static constexpr auto kOptions =
      std::tuple(option("min_subjects", &Options::min_subjects, 1U, 10'000U),
                 option("max_variation", &Options::max_variation, 0.0, 1.0),
                 option("min_hurried_share", &Options::min_hurried_share, 0.5, 1.0),
                 option("active_hours", &Options::active_hours, 12U, 24U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
