// SPDX-License-Identifier: Apache-2.0
// `sluiced replay`: the pipeline over whole logs, on their own time, offline and without privileges. Says for
// each source what would have been decided, when, and what that would have spared.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/intake/log_options.h"

namespace sluice::app {

struct ReplayOptions {
  std::vector<std::string> files;  // "-": standard input; taken in the order of their first lines' times
  std::optional<intake::Format> format;  // none: recognised file by file
  bool json = false;                     // one object a line instead of a table
  bool all = false;                      // also the sources that nothing would have happened to
  std::string pattern{};                 // of format nginx or apache; empty: those of the configuration
};

// Writes the result to `out` and a summary of what was read to `log`.
[[nodiscard]] Result<void> replay(const config::Config& config, const ReplayOptions& options, std::FILE* out,
                                  std::FILE* log);

}  // namespace sluice::app
