// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/schedule.h"

#include <algorithm>

namespace sluice::lists {
namespace {

constexpr Seconds kFirst{60};
constexpr Seconds kLongest{6 * 3600};
constexpr Seconds kLongestAsked{86'400};
constexpr unsigned kMaxDoublings = 12;  // more than kLongest

Seconds share(Seconds whole, double of) {
  return Seconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * of));
}

}  // namespace

Seconds pause_after_success(Seconds every, double random) {
  return every + share(every, random / 10);
}

Seconds pause_after_failure(unsigned failures, Seconds every, Seconds retry_after, double random) {
  const unsigned doublings = std::min(failures == 0 ? 0 : failures - 1, kMaxDoublings);
  const Seconds longest = std::max(kFirst, std::min(kLongest, every));
  const Seconds full = std::min(longest, std::min(kFirst, every) * (1 << doublings));
  return std::max(share(full, 0.5 + random / 2), std::min(retry_after, kLongestAsked));
}

}  // namespace sluice::lists
