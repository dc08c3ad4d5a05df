// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/page_rate.h"

#include <fmt/format.h>

#include "daemon/pipeline/heuristics/weight.h"

namespace sluice::pipeline {

std::optional<Signal> page_rate(const Evidence& evidence, const PageRateOptions& options) {
  if (!options.enabled) return std::nullopt;
  const double pages = evidence.habits.pages_by_minute.last_minute(evidence.now);
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

}  // namespace sluice::pipeline
