// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/user_agent_cache.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace sluice::detection {

std::uint64_t UserAgentCache::number_of(std::string_view user_agent) const {
  // The seed comes after the hash, so somebody may find two texts with the same number. All they gain is that
  // two of their own user agents count as one.
  const std::uint64_t hash = std::hash<std::string_view>()(user_agent) ^ seed_;
  return hash == 0 ? 1 : hash;
}

const KnownAgent& UserAgentCache::know(std::uint64_t number, std::string_view user_agent) {
  if (const auto at = newer_.find(number); at != newer_.end()) return at->second;
  if (newer_.size() >= most_ / 2) {
    older_ = std::move(newer_);
    newer_ = Half();
  }
  const std::string_view text = user_agent.substr(0, kMaxBytes);
  KnownAgent known{std::string(text), classifier_.classify(user_agent), crawlers_.find_all(user_agent),
                   robots_->group_for(text)};
  return newer_.emplace(number, std::move(known)).first->second;
}

void UserAgentCache::shrink() {
  most_ = std::clamp(size() / 2, kLeast, most_);
  (older_.empty() ? newer_ : older_) = Half();
}

const KnownAgent* UserAgentCache::find(std::uint64_t number) const {
  for (const Half* half : {&newer_, &older_}) {
    if (const auto at = half->find(number); at != half->end()) return &at->second;
  }
  return nullptr;
}

}  // namespace sluice::detection
