// SPDX-License-Identifier: Apache-2.0
// The keys of [heuristics.*], a part of config_keys(): made from what each heuristic declares. Private to
// config/ and its tests.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

// heuristics.NAME.KEY of each, heuristics.most_supporting, and heuristics.scale.NAME of each.
[[nodiscard]] std::vector<Key<Config>> heuristic_keys();
// Pairs of keys of which the first must not be greater: weight and max_weight, and kAscending of each
// heuristic.
[[nodiscard]] std::vector<Order> heuristic_orders();

}  // namespace sluice::config
