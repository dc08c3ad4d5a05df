// SPDX-License-Identifier: Apache-2.0
// What lists say beside which packets to judge: the trusted proxies and the verified crawlers that they name.
// Used by the daemon for the lists in force, and by replay and learn for those on the disk. Arms nothing.
#pragma once

#include <string>
#include <vector>

#include "daemon/app/lists/list_reading.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/lists/options.h"
#include "daemon/detection/clients/agents/crawlers.h"

namespace sluice::app {

struct ListRoles {
  std::vector<Prefix> proxies;
  std::vector<detection::CrawlerOptions> crawlers;
  std::vector<std::string> missing_proxies;  // names of lists of trusted proxies that have no content yet
};

// Adds what this list says.
void add_roles(const ReadList& list, ListRoles& roles);

// The roles of the lists of a configuration, from their files and copies. A list of trusted proxies that
// cannot be read is an error.
[[nodiscard]] Result<ListRoles> read_list_roles(const std::vector<lists::ListOptions>& wanted,
                                                const std::string& folder);

}  // namespace sluice::app
