// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_roles.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "daemon/lists/entries.h"

namespace sluice::app {

void add_roles(const ReadList& list, ListRoles& roles) {
  if (list.options.action == lists::ListAction::trusted_proxy) {
    if (!list.content) {
      roles.missing_proxies.push_back(list.options.name);
      return;
    }
    std::ranges::move(lists::prefixes_of(list.content->entries), std::back_inserter(roles.proxies));
  } else if (list.options.action == lists::ListAction::verify_crawler && list.content) {
    for (const detection::CrawlerOptions& crawler : list.content->crawlers)
      roles.crawlers.emplace_back(crawler).use = list.use;
  }
}

Result<ListRoles> read_list_roles(const std::vector<lists::ListOptions>& wanted, const std::string& folder) {
  ListRoles roles;
  for (const lists::ListOptions& options : wanted) {
    if (lists::is_for_packets(options.action)) continue;
    ReadList list;
    list.options = options;
    list.number = 1;
    read_list(list, folder);
    if (list.error) return list.error->in(fmt::format("list {}", options.name));
    add_roles(list, roles);
  }
  if (!roles.missing_proxies.empty()) {
    return Error(fmt::format(
        "list {}: {} has no copy of it: its proxies would pass for visitors; `sluiced run` fetches it",
        roles.missing_proxies.front(), folder));
  }
  return roles;
}

}  // namespace sluice::app
