// SPDX-License-Identifier: Apache-2.0
// The trusted proxies of the configuration, with those of the lists that it names. Reads files; keeps
// nothing.
#pragma once

#include <vector>

#include "daemon/app/lists/list_roles.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/intake/proxies.h"

namespace sluice::app {

// All networks, with those of [[list]]s. A file of proxies.lists that cannot be read is an error, which names
// it: without it proxies would pass for visitors, and be blocked for what all of theirs do.
[[nodiscard]] Result<std::vector<Prefix>> trusted_networks(const intake::ProxyOptions& options,
                                                           const ListRoles& roles);

}  // namespace sluice::app
