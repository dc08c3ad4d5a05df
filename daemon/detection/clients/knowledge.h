// SPDX-License-Identifier: Apache-2.0
// What the detector knows beside its options: the operator's files, read and parsed by whoever makes it, and
// a secret. Does not change; a reload makes another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/detection/clients/agents/catalogue.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/site/robots_rules.h"
#include "daemon/detection/sources/system_directory.h"

namespace sluice::detection {

struct Knowledge {
  std::vector<AgentCatalogue> agents;              // beside the built-in list
  std::vector<CrawlerOptions> crawlers;            // whose names can be verified
  RobotsRules robots;                              // the site's robots.txt
  std::shared_ptr<const SystemDirectory> systems;  // null: which networks are one system is not known
  std::uint64_t seed = 0;                          // random
};

}  // namespace sluice::detection
