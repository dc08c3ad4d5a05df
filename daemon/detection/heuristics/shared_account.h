// SPDX-License-Identifier: Apache-2.0
// One account or one credential that acts from many networks within an hour, and reads widely: an account is
// one person's.
#pragma once

#include <optional>

#include "daemon/detection/accounts/account_tracker.h"
#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct SharedAccountOptions {
  bool enabled = true;
  // Networks (/24, /48) within an hour: a person has a line at home, a telephone, an office and perhaps a
  // VPN; this is twice that.
  unsigned networks = 8;  // 2 to 64
  // Different people looked at in that hour, from all of them together: half a power user's day.
  unsigned min_subjects = 40;
  double weight = 3.5;  // at `networks`; doubles add 1.0
  double max_weight = 5.5;
};

[[nodiscard]] std::optional<Signal> shared_account(const SourceView& view, const AccountEvidence& accounts,
                                                   const SharedAccountOptions& options);

}  // namespace sluice::detection
