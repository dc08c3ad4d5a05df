// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/scale_keys.h"

#include "daemon/config/row.h"
#include "daemon/config/value.h"

namespace sluice::config {

std::vector<Key<Config>> scale_keys() {
  using detection::Scales;
  const auto row = [](std::string_view name, double Scales::*member) {
    const auto scales = [](auto& c) -> auto& {
      return c.detector.scales;
    };
    return key<Config>(name, Real{0, detection::kMaxScale}, scales, member);
  };
  return {
      row("heuristics.scale.breadth", &Scales::breadth),
      row("heuristics.scale.enumeration", &Scales::enumeration),
      row("heuristics.scale.decoy", &Scales::decoy),
      row("heuristics.scale.probing", &Scales::probing),
      row("heuristics.scale.robots", &Scales::robots),
      row("heuristics.scale.timing", &Scales::timing),
      row("heuristics.scale.volume", &Scales::volume),
      row("heuristics.scale.coverage", &Scales::coverage),
      row("heuristics.scale.connections", &Scales::connections),
      row("heuristics.scale.page_rate", &Scales::page_rate),
      row("heuristics.scale.user_agent", &Scales::user_agent),
      row("heuristics.scale.client_habits", &Scales::client_habits),
      row("heuristics.scale.crawler", &Scales::crawler),
      row("heuristics.scale.tls_claim", &Scales::tls_claim),
      row("heuristics.scale.group", &Scales::group),
      row("heuristics.scale.rotation", &Scales::rotation),
      row("heuristics.scale.new_account", &Scales::new_account),
      row("heuristics.scale.shared_account", &Scales::shared_account),
      row("heuristics.scale.returning", &Scales::returning),
  };
}

}  // namespace sluice::config
