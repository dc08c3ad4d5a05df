// SPDX-License-Identifier: Apache-2.0
// The score of a finding: which of its signals count, and how much.
#pragma once

#include "daemon/detection/finding.h"

namespace sluice::detection {

// Sums the signals up: of each cause the strongest, of the supporting causes together at most
// `most_supporting`. Sets the score and what is counted of each signal.
void sum_up(Finding& finding, double most_supporting);

}  // namespace sluice::detection
