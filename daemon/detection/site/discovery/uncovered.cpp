// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/uncovered.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/base/utf8.h"

namespace sluice::detection {
namespace {

// Readable, and no longer than a line: strangers choose how long a URL is.
std::string bounded(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string whole = readable(text);
  if (whole.size() <= kLongest) return whole;
  std::size_t end = 0;
  while (end < kLongest)
    end += utf8_length(std::string_view(whole).substr(end));
  return whole.substr(0, end) + "...";
}

}  // namespace

std::vector<UncoveredShape> uncovered_shapes(const std::vector<ProposedRoute>& routes) {
  std::vector<UncoveredShape> shapes;
  for (const ProposedRoute& route : routes) {
    if (2 * route.covered_requests >= route.requests) continue;
    shapes.push_back({bounded(route.shape), route.requests - route.covered_requests, route.values,
                      route.is_people(), bounded(route.main_reason)});
  }
  std::ranges::stable_sort(shapes, [](const UncoveredShape& a, const UncoveredShape& b) {
    return std::pair(a.is_people, a.requests) > std::pair(b.is_people, b.requests);
  });
  if (shapes.size() > kMostUncovered) shapes.resize(kMostUncovered);
  return shapes;
}

}  // namespace sluice::detection
