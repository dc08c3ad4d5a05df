// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/clients_behind.h"

#include <algorithm>

namespace sluice::detection {

double clients_behind(const SourceView& view) {
  const RequestStyle& style = view.profile.style;
  const SiteProfile& site = view.site;
  // A browser that is restarted every fifty pages would look like many clients.
  if (style.pages == 0 || view.one_order) return 1;
  const auto a_page = [&](std::uint32_t count) { return static_cast<double>(count) / style.pages; };
  // Half of what the browsers of the site load: an office has a cache, and phones.
  constexpr double kShare = 0.5;
  // Where a cache answers for the assets, referers are used instead.
  constexpr double kSeen = 0.25;
  const bool assets_seen = !site.known() || site.assets_a_page() >= kSeen;
  const double expected = site.known() ? kShare * site.assets_a_page() : kShare;
  const bool as_browsers_do =
      assets_seen ? a_page(style.assets) >= expected
                  : site.referred() >= kSeen && a_page(style.referred) >= kShare * site.referred();
  if (!as_browsers_do) return 1;
  constexpr double kPages = 4;
  constexpr double kOnePerson = 3.5;
  const double clients = std::min(view.profile.clients.count(), style.pages / kPages);
  return clients < kOnePerson ? 1 : clients;
}

}  // namespace sluice::detection
