// SPDX-License-Identifier: Apache-2.0
// Many sources, each of them quiet, that divide the people of a site among themselves. Speaks of those who
// took part, and never of who happens to share their network or their browser.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/groups/group_tracker.h"

namespace sluice::detection {

struct GroupOptions {
  bool enabled = true;
  // Together as many as two power users read in a day, each of them asked for by one alone: by chance a
  // stretch of 64 comes out so with a probability below 1e-6 (group_table.h), and this takes three of them.
  unsigned min_subjects = 150;
  // Who reads with a phone, a tablet and two computers, at home and at work, has half as many sources.
  unsigned min_members = 8;  // 3 to 256
  double weight = 4.5;       // at min_subjects; doubles add 1.0
  double max_weight = 6.5;
};

// `source` is whose evidence it is.
[[nodiscard]] std::optional<Signal> group(const SourceView& view, const Prefix& source,
                                          const GroupTracker& groups, const GroupOptions& options);

}  // namespace sluice::detection
