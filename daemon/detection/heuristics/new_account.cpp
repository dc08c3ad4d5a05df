// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/new_account.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/detection/heuristics/weight.h"

namespace sluice::detection {

std::optional<Signal> new_account(const SourceView& view, const AccountEvidence& accounts,
                                  const NewAccountOptions& options) {
  constexpr double kPerDoubling = 1.5;
  constexpr double kGrown =
      2;  // the limits at the end of new_for are those at its beginning and so much more
  const Account* account = accounts.account;
  if (!options.enabled || account == nullptr || account->returned) return std::nullopt;
  const LogSecond learned_by = accounts.begun + options.learning.count();
  const LogSecond age = std::max<LogSecond>(0, view.now - account->first_seen);
  if (account->first_seen < learned_by || age >= options.new_for.count()) return std::nullopt;

  const double allowed = 1 + kGrown * static_cast<double>(age) / static_cast<double>(options.new_for.count());
  const SubjectSet::Count hour = account->subjects.last_hour(view.now);
  const SubjectSet::Count day = account->subjects.last_day(view.now);
  const double hour_ratio = hour.weighted / (options.subjects_per_hour * allowed);
  const double day_ratio = day.weighted / (options.subjects_per_day * allowed);
  const double ratio = std::max(hour_ratio, day_ratio);
  if (ratio < 1) return std::nullopt;
  const bool by_hour = hour_ratio >= day_ratio;
  return Signal{
      "new_account",
      grown_weight(ratio, options.weight, kPerDoubling, options.max_weight),
      fmt::format("acts with an account that was first seen {} ago and looked at {} different people in {}; "
                  "the limit at this age is {:.0f}",
                  format_duration(Seconds(std::max<LogSecond>(1, age))),
                  by_hour ? hour.subjects : day.subjects, by_hour ? "an hour" : "a day",
                  (by_hour ? options.subjects_per_hour : options.subjects_per_day) * allowed),
      {{"account_age_seconds", static_cast<double>(age)},
       {"subjects_last_hour", static_cast<double>(hour.subjects)},
       {"subjects_last_day", static_cast<double>(day.subjects)},
       {"account_pages", static_cast<double>(account->pages)},
       {"limit_subjects_per_hour", options.subjects_per_hour * allowed},
       {"limit_subjects_per_day", options.subjects_per_day * allowed}}};
}

}  // namespace sluice::detection
