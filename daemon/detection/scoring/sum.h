// SPDX-License-Identifier: Apache-2.0
// The score of a finding: which of its signals count, and how much.
#pragma once

#include "daemon/detection/finding.h"

namespace sluice::detection {

// Adds up the strongest signal of each cause; the supporting causes count for at most `most_supporting`
// together. Sets Finding::score and Signal::counted.
void sum_up(Finding& finding, double most_supporting);

}  // namespace sluice::detection
