// SPDX-License-Identifier: Apache-2.0
// How often a source was blocked, and when the last time began: what Policy remembers, the store keeps, and
// the heuristics know of the past.
#pragma once

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::detection {

struct BlockHistory {
  Prefix source;
  unsigned blocks = 0;
  WallTime last;
};

}  // namespace sluice::detection
