// SPDX-License-Identifier: Apache-2.0
// How many different networks an account came from lately. Exact up to a bound. Keeps hashes and no
// addresses.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

class RecentNetworks {
 public:
  static constexpr std::size_t kMost = 64;  // 8 bytes each; beyond it the one seen longest ago is forgotten

  void add(std::uint32_t hash, LogSecond second) {
    const auto now = static_cast<std::uint32_t>(second);
    if (const auto at = std::ranges::find(seen_, hash, &Seen::hash); at != seen_.end()) {
      at->second = std::max(at->second, now);
    } else if (seen_.size() < kMost) {
      seen_.push_back({hash, now});
    } else {
      *std::ranges::min_element(seen_, {}, &Seen::second) = {hash, now};
    }
  }
  [[nodiscard]] std::size_t last_hour(LogSecond now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(seen_, [&](const Seen& seen) { return LogSecond{seen.second} > now - kHour; }));
  }

 private:
  struct Seen {
    std::uint32_t hash = 0;
    std::uint32_t second = 0;
  };

  std::vector<Seen> seen_;
};

}  // namespace sluice::detection
