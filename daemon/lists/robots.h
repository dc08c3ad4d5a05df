// SPDX-License-Identifier: Apache-2.0
// Reads the files about robots for the pipeline: lists of user agents, crawlers, and their published ranges.
// What the texts mean is in pipeline/agents; here is the file system alone.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/pipeline/agents/catalogue.h"
#include "daemon/pipeline/agents/crawlers.h"

namespace sluice::lists {

// Each of a regular file of at most 16 MiB. Errors, and the faults of what was left out, begin with the path.
[[nodiscard]] Result<pipeline::AgentCatalogue> load_agent_catalogue(const std::string& path);
[[nodiscard]] Result<pipeline::CrawlerList> load_crawlers(const std::string& path);
[[nodiscard]] Result<std::vector<Prefix>> load_crawler_ranges(const std::string& path);

}  // namespace sluice::lists
