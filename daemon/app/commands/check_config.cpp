// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/check_config.h"

#include <fmt/format.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/config/load.h"

namespace sluice::app {

int check_config(const std::string& path, bool effective) {
  const auto settings = config::load_settings(path);
  if (!settings) return fail(settings.error());
  if (effective) {
    for (const config::Setting& setting : *settings)
      fmt::print("{} = {}  # {}\n", setting.key, setting.value, setting.origin);
  } else {
    fmt::print("{}: ok\n", path);
  }
  return kDone;
}

}  // namespace sluice::app
