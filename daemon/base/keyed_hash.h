// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 (Aumasson and Bernstein 2012): without the key nobody learns anything of the text from the
// hash, and nobody can choose collisions. Used for what is personal and must be told apart.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

[[nodiscard]] std::uint64_t keyed_hash(const HashKey& key, std::string_view text);

}  // namespace sluice
