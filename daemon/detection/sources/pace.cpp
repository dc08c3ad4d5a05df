// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/pace.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace sluice::detection {
namespace {

constexpr LogSecond kSitting = 1800;  // seconds; a longer pause is not reading time
// Exponential moving averages give the last so many gaps most of the weight.
constexpr float kMemory = 64;

}  // namespace

void Pace::add(LogSecond second) {
  if (second <= 0 || second > LogSecond{std::numeric_limits<std::uint32_t>::max()}) return;
  const auto hour = static_cast<std::uint32_t>(second / kHour);
  auto newest_hour = static_cast<std::uint32_t>(last_ / kHour);
  if (hour > newest_hour) {
    const std::uint32_t passed = hour - newest_hour;
    hours_ = passed < 32 ? hours_ << passed : 0;
    newest_hour = hour;
  }
  if (newest_hour - hour < 32) hours_ |= 1U << (newest_hour - hour);

  const LogSecond last = last_;
  if (second < last) return;  // a late line says nothing about the gap
  last_ = static_cast<std::uint32_t>(second);
  if (last == 0) return;
  const auto gap = static_cast<std::uint64_t>(second - last);
  const auto bucket = std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(gap)), kBuckets - 1);
  if (++gaps_[bucket] == std::numeric_limits<std::uint16_t>::max()) {
    for (std::uint16_t& count : gaps_)
      count /= 2;
  }
  if (second - last >= kSitting) return;
  if (measured_ < std::numeric_limits<std::uint16_t>::max()) ++measured_;
  const float share = 1 / std::min(static_cast<float>(measured_), kMemory);
  const float off = static_cast<float>(gap) - mean_;
  mean_ += share * off;
  variance_ = (1 - share) * (variance_ + share * off * off);
}

std::uint32_t Pace::gap_count() const {
  return std::accumulate(gaps_.begin(), gaps_.end(), std::uint32_t{0});
}

double Pace::deviation() const {
  return std::sqrt(static_cast<double>(variance_));
}

unsigned Pace::active_hours(LogSecond now) const {
  const LogSecond passed = std::max<LogSecond>(now / kHour - last_ / kHour, 0);
  if (passed >= 24) return 0;
  const std::uint32_t day = (1U << (24 - static_cast<unsigned>(passed))) - 1;
  return static_cast<unsigned>(std::popcount(hours_ & day));
}

}  // namespace sluice::detection
