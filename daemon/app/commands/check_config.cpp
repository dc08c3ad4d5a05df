// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/check_config.h"

#include <fmt/format.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/app/lists/named_files.h"
#include "daemon/base/printable.h"
#include "daemon/config/load.h"

namespace sluice::app {

int check_config(const std::string& path, bool effective) {
  const auto settings = config::load_settings(path);
  if (!settings) return fail(settings.error());
  if (effective) {
    for (const config::Setting& setting : *settings)
      fmt::print("{} = {}  # {}\n", setting.key, setting.value, setting.origin);
    return kDone;
  }
  const auto config = config::load(path);
  if (!config) return fail(config.error());
  const FileFaults faults = faults_of_files(*config);
  for (const std::string& some : faults.left_out)
    fmt::print(stderr, "{}\n", printable(some));
  for (const std::string& why : faults.unreadable)
    fmt::print(stderr, "{}\n", printable(why));
  if (!faults.unreadable.empty()) {
    fmt::print(stderr, "{}: {} of the files that it names cannot be read; a reload would be refused\n", path,
               faults.unreadable.size());
    return kFailed;
  }
  fmt::print("{}: ok\n", path);
  return kDone;
}

}  // namespace sluice::app
