// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/probing.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {

std::optional<Judgement> Probing::judge(const SourceView& view, const Options& options) {
  constexpr LogSecond kMemorySeconds = 86'400;
  if (view.profile.probing() == nullptr) return std::nullopt;
  const ProbingTrace& trace = *view.profile.probing();
  if (view.now - trace.last >= kMemorySeconds) return std::nullopt;

  const std::uint32_t pages = std::max(view.record.pages - trace.pages_before, trace.missing_pages);
  const double share = pages == 0 ? 0 : static_cast<double>(trace.missing_pages) / pages;
  const auto missing = static_cast<double>(trace.missing.size());
  const double missing_ratio = share >= options.min_share ? missing / options.missing_pages : 0;
  const double probe_ratio = static_cast<double>(trace.probes) / options.probes;
  const double ratio = std::max(missing_ratio, probe_ratio);
  if (ratio < 1) return std::nullopt;

  std::string text;
  if (missing_ratio >= 1) {
    text = fmt::format(
        "asked for {}{} different pages that do not exist or are not shown "
        "({:.0f} % of its pages; people ask for 4 at most), last {}",
        trace.missing.full() ? "at least " : "", trace.missing.size(), 100 * share, trace.missing_path);
  }
  if (trace.probes > 0) {
    text += fmt::format("{}asked {} for what only tools that look for weaknesses ask for, last {}",
                        text.empty() ? "" : "; ",
                        trace.probes == 1 ? "once" : fmt::format("{} times", trace.probes), trace.probe_path);
  }
  constexpr double kPerDoubling = 1.0;
  return Judgement{grown_weight(ratio, options.weight, kPerDoubling, options.max_weight),
                   std::move(text),
                   {{"missing_pages", missing},
                    {"missing_share", share},
                    {"probes", static_cast<double>(trace.probes)},
                    {"limit_missing_pages", static_cast<double>(options.missing_pages)},
                    {"limit_probes", static_cast<double>(options.probes)}}};
}

}  // namespace sluice::detection
