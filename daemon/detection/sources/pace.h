// SPDX-License-Identifier: Apache-2.0
// The time between the pages of one source: its distribution, and the hours of the day that had a page. Part
// of SourceProfile.
#pragma once

#include <array>
#include <cstdint>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

class Pace {
 public:
  static constexpr std::size_t kBuckets = 12;

  void add(LogSecond second);

  // How many gaps had 0 seconds, 1, 2 to 3, 4 to 7, ... 512 to 1023, 1024 and more. The counts are halved now
  // and then, so that the latest few thousand count.
  [[nodiscard]] const std::array<std::uint16_t, kBuckets>& gaps() const { return gaps_; }
  [[nodiscard]] std::uint32_t gap_count() const;
  // Mean and standard deviation, in seconds, of the gaps shorter than half an hour. Later gaps count more.
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double deviation() const;
  [[nodiscard]] std::uint32_t measured() const { return measured_; }  // gaps in mean(), at most 65,535
  // How many of the last 24 hours, by the clock, had a page.
  [[nodiscard]] unsigned active_hours(LogSecond now) const;

 private:
  std::uint32_t last_ = 0;   // the latest page; 0: none yet
  std::uint32_t hours_ = 0;  // bit n: the hour n before that of last_ had a page
  std::array<std::uint16_t, kBuckets> gaps_{};
  float mean_ = 0;
  float variance_ = 0;
  std::uint16_t measured_ = 0;
};

}  // namespace sluice::detection
