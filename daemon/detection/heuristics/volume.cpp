// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/volume.h"

#include <algorithm>
#include <numbers>

#include <fmt/format.h>

namespace sluice::detection {

std::optional<Judgement> Volume::judge(const SourceView& view, const Options& options) {
  constexpr double kMegabyte = 1e6;
  constexpr double kPerDoubling = 0.5;
  if (view.profile.subject_pages == 0) return std::nullopt;
  // A steady stream sums up to its hourly rate divided by ln 2. A burst of a few minutes comes out too low.
  const double pages =
      view.profile.harvest_by_hour.at(SourceProfile::kPages, view.now, kHour) * std::numbers::ln2;
  const double bytes =
      view.profile.harvest_by_hour.at(SourceProfile::kBytes, view.now, kHour) * std::numbers::ln2;
  const double megabytes = bytes / kMegabyte;
  const double ratio = std::max(pages / options.pages_per_hour, megabytes / options.megabytes_per_hour);
  if (ratio < 1) return std::nullopt;
  return Judgement{
      grown_weight(ratio, options.weight, kPerDoubling, options.max_weight),
      fmt::format("took about {:.0f} pages about people an hour, {:.1f} MB ({:.0f} KB each); the limits are "
                  "{:.0f} pages and {:.0f} MB",
                  pages, megabytes, bytes / 1000 / std::max(pages, 1.0), options.pages_per_hour,
                  options.megabytes_per_hour),
      {{"pages_per_hour", pages},
       {"megabytes_per_hour", megabytes},
       {"limit_pages_per_hour", options.pages_per_hour},
       {"limit_megabytes_per_hour", options.megabytes_per_hour}}};
}

}  // namespace sluice::detection
