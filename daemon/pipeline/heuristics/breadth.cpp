// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/breadth.h"

#include <fmt/format.h>

#include "daemon/pipeline/heuristics/weight.h"

namespace sluice::pipeline {

std::optional<Signal> breadth(const Evidence& evidence, const BreadthOptions& options) {
  if (!options.enabled) return std::nullopt;
  const SubjectSet& subjects = evidence.habits.subjects;
  const SubjectSet::Count hour = subjects.last_hour(evidence.now);
  const SubjectSet::Count day = subjects.last_day(evidence.now);
  const double hour_ratio = hour.weighted / options.subjects_per_hour;
  const double day_ratio = day.weighted / options.subjects_per_day;
  const double ratio = std::max(hour_ratio, day_ratio);
  if (ratio < 1) return std::nullopt;

  const bool by_hour = hour_ratio >= day_ratio;
  const SubjectSet::Count& count = by_hour ? hour : day;
  const double limit = by_hour ? options.subjects_per_hour : options.subjects_per_day;
  std::string text = fmt::format("read {}{} different people in {}; the limit is {:.0f}",
                                 subjects.saturated() ? "at least " : "", count.subjects,
                                 by_hour ? "an hour" : "a day", limit);
  if (count.weighted != static_cast<double>(count.subjects)) {
    text += fmt::format(" (weighted by sensitivity: {:.1f})", count.weighted);
  }
  constexpr double kPerDoubling = 1.5;
  return Signal{"breadth",
                grown_weight(ratio, options.weight, kPerDoubling, options.max_weight),
                std::move(text),
                {{"subjects_last_hour", static_cast<double>(hour.subjects)},
                 {"subjects_last_day", static_cast<double>(day.subjects)},
                 {"weighted_last_hour", hour.weighted},
                 {"weighted_last_day", day.weighted},
                 {"limit_subjects_per_hour", options.subjects_per_hour},
                 {"limit_subjects_per_day", options.subjects_per_day}}};
}

}  // namespace sluice::pipeline
