// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/page_rate.h"

#include <fmt/format.h>

#include "daemon/detection/heuristics/weight.h"

namespace sluice::detection {

std::optional<Signal> page_rate(const SourceView& view, const PageRateOptions& options) {
  if (!options.enabled) return std::nullopt;
  const double pages = view.profile.pages_by_minute.last_minute(view.now);
  if (pages < options.pages_per_minute) return std::nullopt;
  constexpr double kPerDoubling = 0.5;
  return Signal{
      "page_rate",
      grown_weight(pages / options.pages_per_minute, options.weight, kPerDoubling, options.max_weight),
      fmt::format(
          "{:.0f} pages in a minute, without assets, prefetches and re-validations; people stay below {:.0f}",
          pages, options.pages_per_minute),
      {{"pages_per_minute", pages}, {"limit_pages_per_minute", options.pages_per_minute}}};
}

}  // namespace sluice::detection
