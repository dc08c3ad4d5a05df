// SPDX-License-Identifier: Apache-2.0
// The keys of a [[list]], one row each, and the checks that need several of them. Private to config/ and its
// tests.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<lists::ListOptions>> list_keys();

// Refuses keys that contradict each other, the action or the format; sets what follows from the format.
void check_list(lists::ListOptions& list, const toml::table& table, const Place& place);

}  // namespace sluice::config
