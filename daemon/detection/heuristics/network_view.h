// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown of an IPv6 network whose sources may rotate, as it stands at one moment.
#pragma once

#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/groups/group_table.h"
#include "daemon/detection/groups/rotating_networks.h"
#include "daemon/detection/history/block_history.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

struct NetworkView {
  const Prefix& prefix;
  const RotatingNetworks::Network& network;
  const GroupTable& groups;
  const std::vector<RouteOptions>& routes;
  LogSecond now = 0;
  BlockHistory earlier = {};  // earlier blocks
};

}  // namespace sluice::detection
