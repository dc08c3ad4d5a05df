// SPDX-License-Identifier: Apache-2.0
// How many different people a source has read, in an hour and in a day (¶13: the number of visits by one
// account to other profiles), weighted by the sensitivity of the routes (¶19).
#pragma once

#include <optional>

#include "daemon/pipeline/evidence.h"
#include "daemon/pipeline/finding.h"

namespace sluice::pipeline {

struct BreadthOptions {
  bool enabled = true;
  // A power user reads about eighty profiles in a day; half as many again in one hour is no longer reading.
  double subjects_per_hour = 120;
  double subjects_per_day = 300;
  double weight = 3.0;
  double max_weight = 6.0;
};

[[nodiscard]] std::optional<Signal> breadth(const Evidence& evidence, const BreadthOptions& options);

}  // namespace sluice::pipeline
