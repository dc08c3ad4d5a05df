// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/crawler.h"

namespace sluice::pipeline {

std::optional<Signal> crawler(const Evidence& evidence, const CrawlerHeuristicOptions& options) {
  constexpr LogSecond kMemorySeconds = 86'400;  // like the other evidence, it speaks for a day
  if (!options.enabled || evidence.habits.crawler() == nullptr) return std::nullopt;
  const CrawlerTrace& trace = *evidence.habits.crawler();
  if (trace.state != CrawlerTrace::State::contradicted || evidence.now - trace.checked_at >= kMemorySeconds)
    return std::nullopt;
  // One who plays with his browser does not speak for the office behind the same address.
  const std::uint32_t pages = evidence.habits.manners.pages;
  if (trace.pages < pages / 2) return std::nullopt;
  return Signal{
      "crawler",
      options.weight,
      trace.text,
      {{"pages_under_that_name", static_cast<double>(trace.pages)}, {"pages", static_cast<double>(pages)}}};
}

}  // namespace sluice::pipeline
