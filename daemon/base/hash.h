// SPDX-License-Identifier: Apache-2.0
// Hashes without a key, for tables and fingerprints of content. Whoever writes the input can choose
// collisions: what strangers write and must be told apart goes through keyed_hash.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

// Spreads the bits of a number so that all of them are alike. A bijection: different numbers stay different.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93ULL;
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32U);
}

// FNV-1a of 64 bits (Fowler, Noll and Vo). Its values are stored: it must not change.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace sluice
