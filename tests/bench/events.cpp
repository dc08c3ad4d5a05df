// SPDX-License-Identifier: Apache-2.0
// Section four of scripts/bench: reports through the ring buffer.
#include "tests/bench/commands.h"

namespace sluice::bench {

void events(Effort effort) {
  (void)effort;
}

}  // namespace sluice::bench
