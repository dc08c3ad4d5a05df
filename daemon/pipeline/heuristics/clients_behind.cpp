// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/clients_behind.h"

#include <algorithm>

namespace sluice::pipeline {

double clients_behind(const Evidence& evidence) {
  const Manners& manners = evidence.habits.manners;
  const SiteHabits& site = evidence.site;
  // A browser begun anew every fifty pages would look like many.
  if (manners.pages == 0 || evidence.one_hand) return 1;
  const auto a_page = [&](std::uint32_t count) { return static_cast<double>(count) / manners.pages; };
  // Half of what the site's browsers do: an office has a cache, and phones.
  constexpr double kShare = 0.5;
  // Where a cache in front answers for the assets, referers tell.
  constexpr double kSeen = 0.25;
  const bool assets_seen = !site.known() || site.assets_a_page() >= kSeen;
  const double expected = site.known() ? kShare * site.assets_a_page() : kShare;
  const bool as_browsers_do =
      assets_seen ? a_page(manners.assets) >= expected
                  : site.referred() >= kSeen && a_page(manners.referred) >= kShare * site.referred();
  if (!as_browsers_do) return 1;
  constexpr double kPages = 4;
  constexpr double kOnePerson = 3.5;
  const double clients = std::min(evidence.habits.clients.count(), manners.pages / kPages);
  return clients < kOnePerson ? 1 : clients;
}

}  // namespace sluice::pipeline
