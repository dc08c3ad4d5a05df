// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/group.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"
#include "daemon/detection/identify.h"

namespace sluice::detection {
namespace {

// "of 192.0.2.0/24"
std::string what_they_share(GroupKind kind, const SourceView& view) {
  switch (kind) {
    case GroupKind::network:
      return fmt::format("of {}", group_network(view.source).to_string());
    case GroupKind::system:
      return fmt::format("of AS{}", view.profile.system());
    case GroupKind::fingerprint:
      return fmt::format("with the TLS fingerprint {}", view.profile.tls->fingerprint);
    case GroupKind::client:
      break;
  }
  const bool named = view.agent != nullptr && !view.agent->text.empty();
  return fmt::format("that call themselves '{}'{}", named ? view.agent->text : "",
                     view.profile.style.assets == 0 ? " and load no assets" : " and send the same");
}

std::string describe(const GroupTracker::Membership& membership, std::string_view shared,
                     std::string_view pattern) {
  const GroupTable::Group& group = *membership.group;
  const bool many = group.members.size() >= GroupTable::kMaxMembers;
  return fmt::format(
      "is one of {}{} sources {} that divide {} among themselves: {} identifiers between {} and {} within "
      "{}, {:.0f} % of the askings for what another had asked for (of people who read by themselves more "
      "than a third would be); of its own last {} {} nobody else asked for",
      many ? "at least " : "", group.members.size(), shared, pattern, group.subjects, group.lowest,
      group.highest, format_duration(Seconds(std::max<LogSecond>(1, group.last - group.first))),
      100 * group.overlap(), membership.part.asked, membership.part.own);
}

}  // namespace

std::optional<Judgement> Group::judge(const SourceView& view, const Options& options) {
  constexpr double kPerDoubling = 1.0;
  // Members that load pages as browsers do may be people who share work, such as an editors' office. Their
  // weight stays below any throttle; it takes another signal to reach one.
  constexpr double kMostOfBrowsers = 4.0;
  if (view.groups.table().empty()) return std::nullopt;
  std::optional<Judgement> strongest;
  const TrailSet& trails = view.profile.trails;
  for (std::size_t i = 0; i < trails.size(); ++i) {
    const IdentifierTrail& trail = trails[i];
    for (const GroupKey& key : GroupTracker::keys_of(view.source, view.profile, trail.route())) {
      const GroupTracker::Membership membership = view.groups.membership(key, trail, view.now);
      if (membership.group == nullptr) continue;
      const GroupTable::Group& found = *membership.group;
      if (found.subjects < options.min_subjects || found.members.size() < options.min_members) continue;
      const double ratio = static_cast<double>(found.subjects) / options.min_subjects;
      double weight = grown_weight(ratio, options.weight, kPerDoubling, options.max_weight);
      if (loading(view) == Loading::as_browsers) weight = std::min(weight, kMostOfBrowsers);
      if (strongest && strongest->weight >= weight) continue;
      const std::string& pattern = view.routes.at(static_cast<std::size_t>(trail.route())).pattern;
      strongest = Judgement{weight,
                            describe(membership, what_they_share(key.kind, view), pattern),
                            {{"members", static_cast<double>(found.members.size())},
                             {"subjects_together", static_cast<double>(found.subjects)},
                             {"overlap", found.overlap()},
                             {"divided_stretches", static_cast<double>(found.divided)},
                             {"covered_stretches", static_cast<double>(found.covered)},
                             {"own_subjects", static_cast<double>(membership.part.own)},
                             {"limit_members", static_cast<double>(options.min_members)},
                             {"limit_subjects_together", static_cast<double>(options.min_subjects)}}};
    }
  }
  return strongest;
}

}  // namespace sluice::detection
