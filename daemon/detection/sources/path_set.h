// SPDX-License-Identifier: Apache-2.0
// Different paths, counted exactly up to a bound; beyond it the count is "at least".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::detection {

class PathSet {
 public:
  static constexpr std::size_t kMost = 64;

  void add(std::string_view path) {
    if (hashes_.size() == kMost) return;
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(path));
    if (std::ranges::find(hashes_, hash) == hashes_.end()) hashes_.push_back(hash);
  }
  [[nodiscard]] std::size_t size() const { return hashes_.size(); }
  [[nodiscard]] bool full() const { return hashes_.size() == kMost; }

 private:
  std::vector<std::uint32_t> hashes_;
};

}  // namespace sluice::detection
