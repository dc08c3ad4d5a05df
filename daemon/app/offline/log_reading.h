// SPDX-License-Identifier: Apache-2.0
// Whole logs for `sluiced replay` and `sluiced learn`: the formats that the configuration knows, the proxies
// that it trusts, and the files in the order in which they were written.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/sources/whole_file.h"

namespace sluice::app {

struct LogFiles {
  // Files, patterns of files, "journal:caddy.service", or "-" for standard input; taken in the order of their
  // first lines' times.
  std::vector<std::string> files;
  std::optional<intake::Format> format{};  // none: recognised file by file
  std::string pattern{};                   // of format nginx or apache; empty: those of the configuration
  std::uint64_t newest = intake::kWhole;   // bytes at the end of each file that are read
};

struct LogsRead {
  std::uint64_t lines = 0;
  std::uint64_t requests = 0;
  double seconds = 0;

  [[nodiscard]] double lines_per_second() const {
    return static_cast<double>(lines) / std::max(seconds, 1e-9);
  }
};

// Hands every request to `take`, and says on `log` which lines could not be read.
[[nodiscard]] Result<LogsRead> read_logs(const config::Config& config, const LogFiles& logs,
                                         const intake::RequestSink& take, std::FILE* log);

}  // namespace sluice::app
