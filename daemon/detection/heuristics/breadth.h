// SPDX-License-Identifier: Apache-2.0
// How many different people a source has read, in an hour, a day, a week and four weeks (¶13: the number of
// visits by one account to other profiles), weighted by the sensitivity of the routes (¶19). Where several
// clients share an address, each of them adds to the limit.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct BreadthOptions {
  bool enabled = true;
  // A power user reads about eighty profiles in a day; half as many again in one hour is no longer reading.
  double subjects_per_hour = 120;
  double subjects_per_day = 300;
  // The same power user every day comes to 560 and 2,240; who is slower than a day's limit is met here.
  double subjects_per_week = 900;
  double subjects_per_four_weeks = 3000;
  // Of each limit, for every further client behind the address: 75 in a day, what a power user reads.
  double share_of_more_clients = 0.25;
  double weight = 3.0;
  double max_weight = 6.0;
};

[[nodiscard]] std::optional<Signal> breadth(const SourceView& view, const BreadthOptions& options);

}  // namespace sluice::detection
