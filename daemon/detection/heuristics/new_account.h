// SPDX-License-Identifier: Apache-2.0
// How quickly a new account starts looking for other people (¶13), by its age.
#pragma once

#include <optional>

#include "daemon/base/time.h"
#include "daemon/detection/accounts/account_tracker.h"
#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct NewAccountOptions {
  bool enabled = true;
  // Whoever is there within so long after the first account of all was there before: people who come once a
  // week have come.
  Seconds learning = Seconds(7 * 86400);
  Seconds new_for = Seconds(7 * 86400);
  // Different people looked at by an account of age zero, weighted by sensitivity; the limits rise evenly to
  // three times as much at the end of new_for, about where those of breadth are. Who signs up and looks
  // around opens some twenty; the day's is half as many again as a power user's eighty.
  double subjects_per_hour = 40;
  double subjects_per_day = 120;
  double weight = 3.0;  // at either limit; doubles add 1.5
  double max_weight = 6.0;
};

[[nodiscard]] std::optional<Signal> new_account(const SourceView& view, const AccountEvidence& accounts,
                                                const NewAccountOptions& options);

}  // namespace sluice::detection
