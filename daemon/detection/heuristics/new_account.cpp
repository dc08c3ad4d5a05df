// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/new_account.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {

std::optional<Judgement> NewAccount::judge(const SourceView& view, const Options& options) {
  constexpr double kPerDoubling = 1.5;
  // By the end of new_for the limits have risen by this multiple of what they were at its beginning.
  constexpr double kGrown = 2;
  const Account* account = view.accounts.account;
  if (account == nullptr || account->returned) return std::nullopt;
  const LogSecond learned_by = view.accounts.begun + options.learning.count();
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
  return Judgement{
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
