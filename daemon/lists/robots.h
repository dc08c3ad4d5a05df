// SPDX-License-Identifier: Apache-2.0
// Reads the files about robots for the pipeline: lists of user agents, crawlers, and their published
// ranges, the site's robots.txt.
// What the texts mean is in pipeline/agents; here is the file system alone.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/clients/agents/catalogue.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/site/robots_rules.h"

namespace sluice::lists {

// Each of a regular file of at most 16 MiB. Errors, and the faults of what was left out, begin with the path.
[[nodiscard]] Result<detection::AgentCatalogue> load_agent_catalogue(const std::string& path);
[[nodiscard]] Result<detection::CrawlerList> load_crawlers(const std::string& path);
[[nodiscard]] Result<detection::RobotsRules> load_robots_rules(const std::string& path,
                                                              std::vector<std::string>& faults);
[[nodiscard]] Result<std::vector<Prefix>> load_crawler_ranges(const std::string& path);

}  // namespace sluice::lists
