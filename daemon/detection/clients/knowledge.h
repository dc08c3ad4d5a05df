// SPDX-License-Identifier: Apache-2.0
// What the detector knows beside its options: the parsed files of the operator, and a secret. Never changes;
// a reload makes a new one. Made by app/, which reads the files.
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
  std::shared_ptr<const SystemDirectory> systems;  // null: there is no database of autonomous systems
  std::uint64_t seed = 0;                          // random
};

}  // namespace sluice::detection
