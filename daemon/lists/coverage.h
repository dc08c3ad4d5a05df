// SPDX-License-Identifier: Apache-2.0
// How much a list covers: of all public addresses, and of given networks. Used to judge an update before it
// is put in force. Pure; decides nothing.
#pragma once

#include <span>

#include "daemon/base/address.h"
#include "daemon/lists/entries.h"

namespace sluice::lists {

// The shares, from 0 to 1, of the public addresses of each family: of IPv4 what is neither private, nor
// loopback, nor multicast, nor reserved; of IPv6 the global unicast addresses, 2000::/3. What is outside of
// these does not count.
struct Coverage {
  double v4 = 0;
  double v6 = 0;
};

// Entries are sorted (entries.h). Overlaps count once.
[[nodiscard]] Coverage coverage_of(const Entries& sorted);
// What `now` covers and `before` does not.
[[nodiscard]] Coverage newly_covered(const Entries& before, const Entries& now);

// Whether one entry holds all of the network.
[[nodiscard]] bool holds(const Entries& sorted, const Prefix& network);

// The share of the addresses of these networks that the list covers; of two families the greater share.
[[nodiscard]] double share_covered(const Entries& sorted, std::span<const Prefix> networks);

// The networks as sorted entries.
[[nodiscard]] Entries sorted_entries(std::span<const Prefix> networks);

}  // namespace sluice::lists
