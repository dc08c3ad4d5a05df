// SPDX-License-Identifier: Apache-2.0
// Whether the source was blocked before, within the policy's memory: supports what else speaks against it
// now. An address changes hands, so that alone it means nothing.
#pragma once

#include <optional>

#include "daemon/detection/finding.h"
#include "daemon/detection/history/block_history.h"

namespace sluice::detection {

struct ReturningOptions {
  bool enabled = true;
  // Two thirds of the way from a first limit reached (3.0) to the throttle (4.5): with it, who was blocked
  // yesterday is throttled at 1.25 times of a limit of breadth, others at twice of it.
  double weight = 1.0;      // blocked once
  double max_weight = 2.0;  // doubles of the blocks add 0.5
};

[[nodiscard]] std::optional<Signal> returning(const BlockHistory& earlier, const ReturningOptions& options);

}  // namespace sluice::detection
