// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/minute_count.h"

#include <algorithm>
#include <limits>

namespace sluice::detection {

void MinuteCount::add(LogSecond second) {
  if (second < 0 || second / kBucketSeconds > std::numeric_limits<std::uint32_t>::max())
    return;  // before 1970: a log that was made up
  const LogSecond bucket = second / kBucketSeconds;
  const LogSecond newest = newest_;
  if (bucket > newest) {
    const LogSecond stale = std::min(bucket - newest, kBuckets);
    for (LogSecond i = 0; i < stale; ++i)
      counts_[static_cast<std::size_t>((bucket - i) % kBuckets)] = 0;
    newest_ = static_cast<std::uint32_t>(bucket);
  } else if (bucket <= newest - kBuckets) {
    return;  // too late to count in any window that is still looked at
  }
  std::uint16_t& count = counts_[static_cast<std::size_t>(bucket % kBuckets)];
  if (count < std::numeric_limits<std::uint16_t>::max()) ++count;
}

std::uint32_t MinuteCount::last_minute(LogSecond now) const {
  std::uint32_t sum = 0;
  const LogSecond newest = newest_;
  const LogSecond oldest = now / kBucketSeconds - kBuckets + 1;
  for (LogSecond bucket = std::max(oldest, newest - kBuckets + 1); bucket <= newest; ++bucket) {
    if (bucket >= 0) sum += counts_[static_cast<std::size_t>(bucket % kBuckets)];
  }
  return sum;
}

}  // namespace sluice::detection
