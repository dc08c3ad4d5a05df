// SPDX-License-Identifier: Apache-2.0
// Sluice as one of the programs measured. Used by the programs of tests/bench.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/base/address.h"
#include "tests/support/filter.h"

namespace sluice::bench {

enum class State {
  blocked,
  throttled_over,    // every packet is over the rate
  throttled_within,  // every packet conforms
};

// A decision for each source that one of the addresses belongs to: the address itself, or its /64.
void decide(const test::Filter& filter, std::span<const Address> addresses, State state);

}  // namespace sluice::bench
