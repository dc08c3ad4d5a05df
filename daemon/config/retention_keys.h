// SPDX-License-Identifier: Apache-2.0
// The rows of keys.h for how long what was stored is kept. Private to config/.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<Config>> retention_keys();

}  // namespace sluice::config
