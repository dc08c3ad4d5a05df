// SPDX-License-Identifier: Apache-2.0
// How often a source was blocked, and when its last block began. Policy remembers it, the store keeps it, the
// heuristic `returning` reads it.
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
