// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/rotation.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/detection/heuristics/weight.h"

namespace sluice::detection {
namespace {

// Bystanders. Of the pages at least so many are of the work that was divided (the rest are lists, and what
// was asked for twice); and so few assets, or pages of crawlers, are to a page: one person with a browser who
// reads ten pages in a network of 200 loads more than that.
constexpr double kLeastOfPages = 0.75;
constexpr double kMostOthers = 0.05;
constexpr double kPerDoubling = 1.5;

}  // namespace

bool may_rotate(const RotatingNetworks::Network& network, const RotationOptions& options) {
  return options.enabled && network.pages >= options.min_subjects && network.sources >= options.min_sources &&
         network.assets + network.spared <= kMostOthers * network.pages;
}

std::optional<Signal> rotation(const Prefix& prefix, const RotatingNetworks::Network& network,
                               const GroupTable& groups, const std::vector<RouteOptions>& routes,
                               LogSecond now, const RotationOptions& options) {
  if (!may_rotate(network, options)) return std::nullopt;
  const GroupTable::Group* found = nullptr;
  std::size_t on = 0;
  for (std::size_t route = 0; route < routes.size(); ++route) {
    const auto* group = groups.find(RotatingNetworks::number_of(prefix, static_cast<int>(route)), now);
    if (group == nullptr || !group->divides() || (found != nullptr && group->subjects <= found->subjects))
      continue;
    found = group;
    on = route;
  }
  if (found == nullptr || found->subjects < options.min_subjects ||
      found->subjects < kLeastOfPages * network.pages)
    return std::nullopt;
  const double ratio = static_cast<double>(found->subjects) / options.min_subjects;
  return Signal{
      "rotation",
      grown_weight(ratio, options.weight, kPerDoubling, options.max_weight),
      fmt::format("took {} different networks of {} for {} pages within {}, and divided {} among them: {} "
                  "identifiers between {} and {}, {:.0f} % of the askings for what another had asked for (of "
                  "people who read by themselves more than a third would be); hardly anybody else is there: "
                  "{} other pages, {} assets",
                  network.sources, prefix.to_string(), network.pages,
                  format_duration(Seconds(std::max(1U, network.last - network.first))), routes[on].pattern,
                  found->subjects, found->lowest, found->highest, 100 * found->overlap(),
                  network.pages - std::min(network.pages, found->subjects), network.assets),
      {{"networks", static_cast<double>(network.sources)},
       {"pages", static_cast<double>(network.pages)},
       {"assets", static_cast<double>(network.assets)},
       {"subjects_together", static_cast<double>(found->subjects)},
       {"overlap", found->overlap()},
       {"limit_networks", static_cast<double>(options.min_sources)},
       {"limit_subjects_together", static_cast<double>(options.min_subjects)}}};
}

}  // namespace sluice::detection
