// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/visits.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::detection {

std::size_t FollowerBits::count() const {
  constexpr double kBits = 64;
  const int set = std::popcount(bits);
  if (set == 64) return Followers::kMost;  // the estimate has no end
  return static_cast<std::size_t>(std::lround(-kBits * std::log((kBits - set) / kBits)));
}

PageVisit* RecentVisits::find(std::uint64_t source, std::uint32_t referer, bool log_has_referers,
                              std::int64_t second) {
  Source& slot = sources_[source % sources_.size()];
  if (slot.source != source) return nullptr;
  constexpr std::int64_t kLongest = 600;
  if (log_has_referers) {
    if (referer == 0) return nullptr;
    const auto page = std::ranges::find(slot.pages, referer, &PageVisit::url);
    if (page == slot.pages.end() || second - page->second > kLongest) return nullptr;
    std::rotate(slot.pages.begin(), page, page + 1);
    return &slot.pages.front();
  }
  PageVisit& last = slot.pages.front();
  return last.url != 0 && second - last.second <= kLongest / 10 ? &last : nullptr;
}

}  // namespace sluice::detection
