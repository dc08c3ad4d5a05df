// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/rotation.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

// Protects other people in the network. At least kLeastOfPages of its pages must belong to the divided work;
// the rest are lists and repeats. And there may be at most kMostOthers assets, or pages of crawlers, for each
// page: a single person with a browser who reads ten pages in a network of 200 exceeds that.
constexpr double kLeastOfPages = 0.75;
constexpr double kMostOthers = 0.05;
constexpr double kPerDoublingOfSubjects = 1.5;

}  // namespace

bool may_rotate(const RotatingNetworks::Network& network, const RotationOptions& options) {
  return network.pages >= options.min_subjects && network.sources >= options.min_sources &&
         network.assets + network.spared <= kMostOthers * network.pages;
}

std::optional<Judgement> Rotation::judge(const NetworkView& view, const Options& options) {
  const RotatingNetworks::Network& network = view.network;
  if (!may_rotate(network, options)) return std::nullopt;
  const GroupTable::Group* found = nullptr;
  std::size_t on = 0;
  for (std::size_t route = 0; route < view.routes.size(); ++route) {
    const auto* group =
        view.groups.find(RotatingNetworks::number_of(view.prefix, static_cast<int>(route)), view.now);
    if (group == nullptr || !group->divides() || (found != nullptr && group->subjects <= found->subjects))
      continue;
    found = group;
    on = route;
  }
  if (found == nullptr || found->subjects < options.min_subjects ||
      found->subjects < kLeastOfPages * network.pages)
    return std::nullopt;
  const double ratio = static_cast<double>(found->subjects) / options.min_subjects;
  return Judgement{
      grown_weight(ratio, options.weight, kPerDoublingOfSubjects, options.max_weight),
      fmt::format("took {} different networks of {} for {} pages within {}, and divided {} among them: {} "
                  "identifiers between {} and {}, {:.0f} % of the askings for what another had asked for (of "
                  "people who read by themselves more than a third would be); hardly anybody else is there: "
                  "{} other pages, {} assets",
                  network.sources, view.prefix.to_string(), network.pages,
                  format_duration(Seconds(std::max(1U, network.last - network.first))),
                  view.routes[on].pattern, found->subjects, found->lowest, found->highest,
                  100 * found->overlap(), network.pages - std::min(network.pages, found->subjects),
                  network.assets),
      {{"networks", static_cast<double>(network.sources)},
       {"pages", static_cast<double>(network.pages)},
       {"assets", static_cast<double>(network.assets)},
       {"subjects_together", static_cast<double>(found->subjects)},
       {"overlap", found->overlap()},
       {"limit_networks", static_cast<double>(options.min_sources)},
       {"limit_subjects_together", static_cast<double>(options.min_subjects)}}};
}

}  // namespace sluice::detection
