// SPDX-License-Identifier: Apache-2.0
// What a million sources take, in a process of their own.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::bench {

struct Sources {
  std::string_view name;
  unsigned pages;   // that each asks for
  unsigned assets;  // likewise
};

// Bytes that the process grew by at its peak, for each of `count` sources that a detector remembers.
[[nodiscard]] double bytes_a_source(const Sources& sources, std::size_t count);

}  // namespace sluice::bench
