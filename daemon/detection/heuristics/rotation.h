// SPDX-License-Identifier: Apache-2.0
// An IPv6 network (/48) whose client takes another /64 for every few pages, and reads the site with them.
// Speaks of the network whole, and only where hardly anybody does anything else in it.
#pragma once

#include <optional>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/groups/group_table.h"
#include "daemon/detection/groups/rotating_networks.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

struct RotationOptions {
  bool enabled = true;
  // As for groups: three stretches that independent readers leave with hardly a repeat with a probability of
  // 1e-6 each (group_table.h).
  unsigned min_subjects = 150;
  // Different /64 networks: a household is given one or a few, an office one a floor (RFC 6177, RFC 7084).
  unsigned min_sources = 20;  // 3 to 1,000,000
  double weight = 4.5;        // at min_subjects; doubles add 1.5
  double max_weight = 6.5;
};

// Whether a network is worth a closer look: cheap, for each page.
[[nodiscard]] bool may_rotate(const RotatingNetworks::Network& network, const RotationOptions& options);

[[nodiscard]] std::optional<Signal> rotation(const Prefix& prefix, const RotatingNetworks::Network& network,
                                             const GroupTable& groups,
                                             const std::vector<RouteOptions>& routes, LogSecond now,
                                             const RotationOptions& options);

}  // namespace sluice::detection
