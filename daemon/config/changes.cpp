// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/changes.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/config/keys.h"

namespace sluice::config {

std::vector<Change> changes(const Config& before, const Config& after) {
  std::vector<Change> changes;
  for (const auto& key : config_keys()) {
    std::string was = key.write(before);
    std::string is = key.write(after);
    if (was == is) continue;
    changes.push_back({std::string(key.name), std::move(was), std::move(is), key.trait == Trait::at_attach,
                       key.trait == Trait::at_restart});
  }
  return changes;
}

std::string to_text(const Config& config) {
  std::string text;
  for (const auto& key : config_keys())
    text += fmt::format("{} = {}\n", key.name, key.write(config));
  return text;
}

}  // namespace sluice::config
