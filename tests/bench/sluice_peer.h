// SPDX-License-Identifier: Apache-2.0
// Sluice as one of the programs measured: its tables filled with what the peers have. Used by the programs of
// tests/bench. Whatever fails throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bpf/wire.h"
#include "daemon/base/address.h"
#include "daemon/lists/image/compile.h"
#include "tests/support/filter.h"

namespace sluice::bench {

enum class State {
  blocked,
  throttled_over,    // every packet is over the rate
  throttled_within,  // every packet conforms
};

// A decision for each source that one of the addresses belongs to: the address itself, or its /64.
void decide(const test::Filter& filter, std::span<const Address> addresses, State state);

// All in one list, whose number is 1.
[[nodiscard]] lists::Entries one_list(std::span<const Prefix> prefixes);
// That list drops.
[[nodiscard]] lists::Compilation compile(lists::Entries entries);

// A filter with room for so many decisions of a family, or for two images like this one.
[[nodiscard]] test::FilterOptions options_for_decisions(std::size_t count);
[[nodiscard]] test::FilterOptions options_for_list(const lists::Compilation& compilation);

// Builds in the half that is not in use and switches to it.
void put_list(const test::Filter& filter, const lists::Compilation& compilation);

}  // namespace sluice::bench
