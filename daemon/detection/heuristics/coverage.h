// SPDX-License-Identifier: Apache-2.0
// Reading everything once instead of wandering: hardly a person opened twice, lists walked page by page.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct CoverageOptions {
  bool enabled = true;
  // People come back to what they opened: of all page visits 58 % (Tauscher and Greenberg 1997) to 81 %
  // (Cockburn and McKenzie 2001) are to pages seen before. Browsers answer part of those from their copies,
  // and profiles are opened again less than other pages: so little is asked for, and it weighs little.
  unsigned min_subjects = 40;      // half a power user's day
  double min_first_visits = 0.95;  // share of the pages about people that showed a person not seen before
  // Pages of one list, one after the other. Few people go beyond the first page of results; whoever goes
  // through ten reads the list and not what it lists.
  unsigned list_pages = 10;
  double weight = 1.25;     // for one of the two; both add up
  double max_weight = 4.0;  // alone below any throttle: a thorough person does so too
};

[[nodiscard]] std::optional<Signal> coverage(const SourceView& view, const CoverageOptions& options);

}  // namespace sluice::detection
