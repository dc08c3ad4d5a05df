// SPDX-License-Identifier: Apache-2.0
// From a number that means something to one whose bits are all alike, for tables and sketches. No secret.
#pragma once

#include <cstdint>

namespace sluice::detection {

// Spreads the bits of a number; a bijection.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93ULL;
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32U);
}

}  // namespace sluice::detection
