// SPDX-License-Identifier: Apache-2.0
// Which of the URLs with many different values no route covers. Used by status, the health check and replay.
// Tells operators; nobody is blocked for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/proposal.h"

namespace sluice::detection {

struct UncoveredShape {
  std::string text;            // "/profile.php?id={number}"; UTF-8, cut where it is long
  std::uint64_t requests = 0;  // that no route matched
  double values = 0;           // different ones, about; 0 for a list, which names nobody
  bool is_people = false;      // it looks like people: evidence, no proof
  std::string reason;          // that it looks like people, or that it does not; empty where nothing says
};

inline constexpr std::size_t kMostUncovered = 5;

// The largest of those of which no route matched most of the requests, at most kMostUncovered. Those that
// look like people come first, then the others, each by requests.
[[nodiscard]] std::vector<UncoveredShape> uncovered_shapes(const std::vector<ProposedRoute>& routes);

}  // namespace sluice::detection
