// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/crawler.h"

namespace sluice::detection {

std::optional<Judgement> Crawler::judge(const SourceView& view, const Options& options) {
  constexpr LogSecond kMemorySeconds = 86'400;  // like other signals it lasts for a day
  if (view.profile.crawler() == nullptr) return std::nullopt;
  const CrawlerTrace& trace = *view.profile.crawler();
  if (trace.state != CrawlerTrace::State::contradicted || view.now - trace.checked_at >= kMemorySeconds)
    return std::nullopt;
  // One person who changes a browser's name must not count for a whole office behind the same address.
  const std::uint32_t pages = view.profile.style.pages;
  if (trace.pages < pages / 2) return std::nullopt;
  return Judgement{
      options.weight,
      trace.text,
      {{"pages_under_that_name", static_cast<double>(trace.pages)}, {"pages", static_cast<double>(pages)}}};
}

}  // namespace sluice::detection
