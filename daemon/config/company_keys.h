// SPDX-License-Identifier: Apache-2.0
// The rows of keys.h for the heuristics of accounts and groups. Private to config/.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<Config>> company_keys();
[[nodiscard]] std::vector<Order> company_orders();

}  // namespace sluice::config
