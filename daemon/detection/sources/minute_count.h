// SPDX-License-Identifier: Apache-2.0
// How many events the last minute held, in sixteen bytes. Late ones count in the bucket they belong to.
#pragma once

#include <array>
#include <cstdint>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

// Events in the last minute, in buckets of ten seconds: up to one bucket of the oldest part is left out.
class MinuteCount {
 public:
  void add(LogSecond second);
  [[nodiscard]] std::uint32_t last_minute(LogSecond now) const;

 private:
  static constexpr LogSecond kBucketSeconds = 10;
  static constexpr LogSecond kBuckets = 6;

  std::array<std::uint16_t, kBuckets> counts_{};  // by number of the bucket since 1970, modulo kBuckets
  std::uint32_t newest_ = 0;                      // number of the newest bucket
};

}  // namespace sluice::detection
