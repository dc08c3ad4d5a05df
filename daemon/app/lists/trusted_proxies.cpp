// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/trusted_proxies.h"

#include <algorithm>
#include <iterator>

#include "daemon/lists/content.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/formats/netset.h"

namespace sluice::app {

Result<std::vector<Prefix>> trusted_networks(const intake::ProxyOptions& options, const ListRoles& roles) {
  std::vector<Prefix> networks = options.trusted;
  lists::Entries entries;
  for (const std::string& path : options.lists) {
    if (const auto read = lists::load_netset(path, 1, entries); !read)
      return read.error().in("proxies.lists");
  }
  std::ranges::move(lists::prefixes_of(entries), std::back_inserter(networks));
  std::ranges::copy(roles.proxies, std::back_inserter(networks));
  return networks;
}

}  // namespace sluice::app
