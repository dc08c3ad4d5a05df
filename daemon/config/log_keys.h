// SPDX-License-Identifier: Apache-2.0
// The keys of a [[log]], one row each, and the checks that need several of them. Private to config/ and its
// tests.
#pragma once

#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<intake::LogOptions>> log_keys();

// Refuses keys that contradict each other, or the format, and puts a preset under the fields.
void check_log(intake::LogOptions& log, const toml::table& table, const Place& place);

}  // namespace sluice::config
