// SPDX-License-Identifier: Apache-2.0
// What differs between two configurations, key by key, for the log line of a reload.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/config.h"

namespace sluice::config {

struct Change {
  std::string key;     // "policy.block_score"
  std::string before;  // as TOML
  std::string after;
  bool at_attach = false;   // takes effect at the next `sluiced attach` only
  bool at_restart = false;  // takes effect at the next start of `sluiced run` only

  bool operator==(const Change&) const = default;
};

// In the order of config/sluice.toml; empty when both say the same.
[[nodiscard]] std::vector<Change> changes(const Config& before, const Config& after);

// Every key with its value, a line each: the same for two configurations that say the same.
[[nodiscard]] std::string to_text(const Config& config);

}  // namespace sluice::config
