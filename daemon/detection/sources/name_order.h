// SPDX-License-Identifier: Apache-2.0
// Whether one source asks for names in the order of the alphabet, in 28 bytes. Follows one route at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

class NameOrder {
 public:
  // Only this many bytes of a name are compared. Two names that agree in them are not a step.
  static constexpr std::size_t kBytes = 18;

  void add(int route, std::string_view name, LogSecond second) {
    constexpr LogSecond kSitting = 3600;  // another route is followed after a pause of this length
    const auto now = static_cast<std::uint32_t>(second);
    if (route != route_) {
      if (route_ >= 0 && second - LogSecond{last_} < kSitting) return;
      *this = NameOrder();
      route_ = static_cast<std::int16_t>(route);
    }
    std::array<char, kBytes> key{};
    std::copy_n(name.begin(), std::min(name.size(), kBytes), key.begin());
    const bool is_first = last_ == 0;
    last_ = std::max(last_, now);
    if (!is_first && key != name_) {
      // Compares bytes. Other orders of the alphabet agree with that nearly everywhere.
      if (std::ranges::lexicographical_compare(name_, key)) ++rising_;
      if (++steps_ == kMost) {
        steps_ /= 2;
        rising_ /= 2;
      }
    }
    name_ = key;
  }

  [[nodiscard]] int route() const { return route_; }  // -1: none yet
  [[nodiscard]] LogSecond last() const { return last_; }
  // Steps from one name to the next: the latest one or two hundred.
  [[nodiscard]] unsigned steps() const { return steps_; }
  // How many of the steps went towards the end of the alphabet.
  [[nodiscard]] unsigned rising() const { return rising_; }

 private:
  static constexpr std::uint16_t kMost = 256;

  std::array<char, kBytes> name_{};
  std::int16_t route_ = -1;
  std::uint16_t steps_ = 0;
  std::uint16_t rising_ = 0;
  std::uint32_t last_ = 0;  // 0: no name yet
};

}  // namespace sluice::detection
