// SPDX-License-Identifier: Apache-2.0
// Estimates how many clients share a source: an office, a school, a carrier. Counts two things over today and
// yesterday: different user agents, accounts and credentials; and how often the same style or script was sent
// whole. A browser keeps that file, so the second count works in an office where all browsers are alike. 32
// bytes; part of SourceProfile.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

class ClientCount {
 public:
  // Counts a page. `who` is a hash of what its request says about its client.
  void add(std::uint64_t who, LogSecond second) {
    turn(second);
    agents_today_ |= std::uint64_t{1} << ((who * 0x9e3779b97f4a7c15ULL) >> 58U);
    if (today_.pages < UINT16_MAX) ++today_.pages;
  }

  // Counts a style or script that was sent whole. `asset` is a hash of its path. Only the first such path is
  // followed.
  void load(std::uint32_t asset, LogSecond second) {
    turn(second);
    if (asset_ == 0) asset_ = asset;
    if (asset == asset_ && today_.loads < UINT16_MAX) ++today_.loads;
  }

  // At least 1.
  [[nodiscard]] double count() const {
    // Linear counting in 64 bits: 266 where all of them are set.
    const int empty = std::max(1, 64 - std::popcount(agents_today_ | agents_yesterday_));
    return std::max({1.0, 64 * std::log(64.0 / empty), today_.caches(), yesterday_.caches()});
  }

 private:
  struct Day {
    std::uint16_t pages = 0;
    std::uint16_t loads = 0;

    // Counts browsers that have a cache. A client that loads the file again with nearly every page has none
    // and counts as one.
    [[nodiscard]] double caches() const {
      constexpr unsigned kPagesEach = 4;
      return kPagesEach * loads <= pages ? loads : 0;
    }
  };

  void turn(LogSecond second) {
    const auto day = static_cast<std::uint32_t>(second / kDay);
    if (day <= day_) return;
    const bool is_next = day == day_ + 1;
    yesterday_ = is_next ? today_ : Day();
    agents_yesterday_ = is_next ? agents_today_ : 0;
    today_ = {};
    agents_today_ = 0;
    day_ = day;
  }

  // A bit of the 64 for each client's hash.
  std::uint64_t agents_today_ = 0;
  std::uint64_t agents_yesterday_ = 0;
  Day today_;
  Day yesterday_;
  std::uint32_t day_ = 0;    // the number of today since 1970
  std::uint32_t asset_ = 0;  // hash of the path that is followed; 0: none yet
};

}  // namespace sluice::detection
