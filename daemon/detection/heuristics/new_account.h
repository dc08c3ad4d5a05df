// SPDX-License-Identifier: Apache-2.0
// New accounts that look at many people too soon (¶13). The limits depend on the age of the account.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/base/time.h"
#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct NewAccountOptions {
  bool enabled = true;
  // Accounts that are seen within this time after the very first one count as old: by then everybody who
  // comes once a week has come.
  Seconds learning = Seconds(7 * 86400);
  Seconds new_for = Seconds(7 * 86400);
  // Different people that an account of age zero may look at, weighted by sensitivity. The limits rise evenly
  // to three times as much at the end of new_for, near those of breadth. A person who signs up and looks
  // around opens about twenty; the limit of a day is half as much again as a power user's eighty.
  double subjects_per_hour = 40;
  double subjects_per_day = 120;
  double weight = 3.0;  // at either limit; each doubling adds 1.5
  double max_weight = 6.0;
};

struct NewAccount {
  static constexpr std::string_view kName = "new_account";
  static constexpr Cause kCause = Cause::breadth;
  using Options = NewAccountOptions;
  static constexpr auto kOptions =
      std::tuple(option("learning", &Options::learning, Seconds(0), kTenYears),
                 option("new_for", &Options::new_for, Seconds(60), kTenYears),
                 option("subjects_per_hour", &Options::subjects_per_hour, 1.0, kMostOfAccount),
                 option("subjects_per_day", &Options::subjects_per_day, 1.0, kMostOfAccount));
  static constexpr auto kAscending = std::array{Ascending{"subjects_per_hour", "subjects_per_day"}};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
