// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/undeclared_proxy_detector.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <string_view>

namespace sluice::app {

void UndeclaredProxyDetector::note(const detection::Request& request) {
  if (request.forwarded) return;  // it came through one that is known
  auto at = std::ranges::find_if(
      slots_, [&](const Slot& slot) { return slot.requests > 0 && slot.address == request.client; });
  if (at == slots_.end()) {
    at = std::ranges::min_element(slots_, {}, &Slot::requests);
    at->address = request.client;  // and its count, as an upper bound
    at->agents = 0;
  }
  ++at->requests;
  at->agents |= std::uint64_t{1} << (std::hash<std::string_view>()(request.user_agent) & 63U);
  if (++requests_ < kHalveAt) return;
  requests_ /= 2;
  for (Slot& slot : slots_)
    slot.requests /= 2;
}

void UndeclaredProxyDetector::forget(std::span<const Prefix> proxies) {
  for (Slot& slot : slots_) {
    if (slot.requests == 0) continue;
    const bool is_proxy =
        std::ranges::any_of(proxies, [&](const Prefix& prefix) { return prefix.contains(slot.address); });
    if (!is_proxy) continue;
    requests_ -= std::min(requests_, slot.requests);
    slot = {};
  }
}

std::optional<UndeclaredProxyDetector::Suspect> UndeclaredProxyDetector::suspect() const {
  const Slot& most = *std::ranges::max_element(slots_, {}, &Slot::requests);
  const auto requests = static_cast<double>(requests_);
  if (requests < kEnough || 2 * static_cast<double>(most.requests) < requests) return std::nullopt;
  // Linear counting in 64 bits.
  const int empty = std::max(1, 64 - std::popcount(most.agents));
  const double agents = 64 * std::log(64.0 / empty);
  if (agents < kMany) return std::nullopt;
  return Suspect{most.address.to_string(), static_cast<double>(most.requests) / requests, agents};
}

}  // namespace sluice::app
