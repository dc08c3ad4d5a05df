// SPDX-License-Identifier: Apache-2.0
// The lists and the visitors that all are measured with: made from a fixed seed, so that every run and every
// peer has the same. Used by everything in tests/bench. Knows no kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/address.h"

namespace sluice::bench {

// A list in two forms: prefixes of mixed lengths, clustered and nested as real lists are, and one address
// inside each, for the tables that know addresses alone. Whoever is in the second form is in the first: the
// same packets hit both.
struct Entries {
  std::vector<Prefix> prefixes;
  std::vector<Address> addresses;
};

// Exactly `count` of each, without duplicates, in random order. IPv4 lengths are 8 to 32,
// IPv6 32 to 128. `seed` tells one list from another; at least 1 and at most 10,000,000 entries.
[[nodiscard]] Entries make_entries(Family family, std::size_t count, std::uint64_t seed);

// `count` of the addresses in random order; drawn again where there are fewer.
[[nodiscard]] std::vector<Address> listed_sources(std::span<const Address> addresses, std::size_t count);

// `count` different addresses that have nothing listed near them: no entry in the same /24, or /32 for IPv6.
[[nodiscard]] std::vector<Address> clean_sources(Family family, const Entries& entries, std::size_t count);

// One entry a line. Throws std::runtime_error where the file cannot be read or a line is no prefix.
[[nodiscard]] std::vector<Prefix> read_prefixes(const std::string& path);

}  // namespace sluice::bench
