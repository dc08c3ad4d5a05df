// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/timing.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

constexpr std::uint32_t kRegularGaps = 30;
constexpr std::uint32_t kHurriedGaps = 60;
// Logs count in seconds: below this mean the rounding decides how regular the gaps look.
constexpr double kLeastMean = 2;

}  // namespace

std::optional<Judgement> Timing::judge(const SourceView& view, const Options& options) {
  constexpr double kPerFurther = 0.75;
  const SourceProfile& profile = view.profile;
  const Pace& pace = profile.pace;
  if (pace.measured() < kRegularGaps || profile.subject_pages < options.min_subjects) return std::nullopt;
  // Many clients behind one address leave no pauses together, and some of them are awake at any hour.
  if (is_shared(profile)) return std::nullopt;
  const std::size_t missing = profile.probing() != nullptr ? profile.probing()->missing.size() : 0;
  if (profile.subjects.ever() + missing < options.min_subjects) return std::nullopt;

  std::string text;
  unsigned found = 0;
  const auto tell = [&](const std::string& part) { text += (found++ == 0 ? "" : "; ") + part; };
  const double variation = pace.mean() >= kLeastMean ? pace.deviation() / pace.mean() : 1;
  if (variation <= options.max_variation) {
    tell(fmt::format(
        "asks for a page every {:.1f} s and varies by {:.0f} % of that; people vary by 100 % and more",
        pace.mean(), 100 * variation));
  }
  const std::uint32_t gaps = pace.gap_count();
  const std::uint32_t short_gaps = std::uint32_t{pace.gaps()[0]} + pace.gaps()[1];
  const double hurried = static_cast<double>(short_gaps) / gaps;
  if (gaps >= kHurriedGaps && hurried >= options.min_hurried_share) {
    tell(fmt::format("leaves no time to read: {:.0f} % of {} pauses between pages were of a second or less",
                     100 * hurried, gaps));
  }
  const unsigned hours = pace.active_hours(view.now);
  if (hours >= options.active_hours) tell(fmt::format("was active in {} of the last 24 hours", hours));
  if (found == 0) return std::nullopt;
  return Judgement{std::min(options.weight + kPerFurther * (found - 1), options.max_weight),
                   std::move(text),
                   {{"mean_gap_seconds", pace.mean()},
                    {"variation", variation},
                    {"hurried_share", hurried},
                    {"active_hours", static_cast<double>(hours)}}};
}

}  // namespace sluice::detection
