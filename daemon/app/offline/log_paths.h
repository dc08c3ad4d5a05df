// SPDX-License-Identifier: Apache-2.0
// What the paths of logs mean for a command that reads each log once: files, patterns of files, the journal.
// Used by log_reading.h.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"

namespace sluice::app {

struct LogToRead {
  std::string name;  // for people
  std::string path;  // that can be opened, or "-"
  UniqueFd journal;  // holds what `path` leads to; lines that journalctl printed
};

// A path that is there is itself; a pattern ('*', '?', '[') stands for the files that match it, at most
// 1,024; and "journal:caddy.service" for the newest 1,000,000 lines of that unit, or of the field that it
// names. Fails where nothing matches, and where journalctl does.
[[nodiscard]] Result<std::vector<LogToRead>> open_logs(const std::vector<std::string>& paths);

}  // namespace sluice::app
