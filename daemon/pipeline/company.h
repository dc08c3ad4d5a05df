// SPDX-License-Identifier: Apache-2.0
// How many clients stand behind a source, as far as a log tells: an office, a school, a carrier. Counted from
// what tells clients apart (user agents, and accounts or credentials where the log has them) over today and
// yesterday, in 24 bytes. Part of Habits.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "daemon/pipeline/log_second.h"

namespace sluice::pipeline {

class Company {
 public:
  // `who`: a hash of what a page request tells of its client.
  void add(std::uint64_t who, LogSecond second) {
    const auto day = static_cast<std::uint32_t>(second / kDay);
    if (day > day_) {
      yesterday_ = day == day_ + 1 ? today_ : 0;
      today_ = 0;
      day_ = day;
    }
    today_ |= std::uint64_t{1} << ((who * 0x9e3779b97f4a7c15ULL) >> 58U);
  }

  // Linear counting in 64 bits: 266 where all of them are set. At least 1.
  [[nodiscard]] double clients() const {
    const int empty = std::max(1, 64 - std::popcount(today_ | yesterday_));
    return std::max(1.0, 64 * std::log(64.0 / empty));
  }

 private:
  static constexpr LogSecond kDay = 86'400;

  std::uint64_t today_ = 0;  // a bit of the 64 for each client's hash
  std::uint64_t yesterday_ = 0;
  std::uint32_t day_ = 0;  // that is today, since 1970
};

}  // namespace sluice::pipeline
