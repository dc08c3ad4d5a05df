// SPDX-License-Identifier: Apache-2.0
// The keys of [heuristics.scale], a part of config_keys(). Private to config/ and its tests.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<Config>> scale_keys();

}  // namespace sluice::config
