// SPDX-License-Identifier: Apache-2.0
// The files with which the reading of a log begins: the one at its path, or, where reading goes on from a
// stored position, those that came and went since. Used by tail.cpp at its start. Watches nothing and
// delivers no line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/sources/log_file.h"
#include "daemon/intake/sources/path_watch.h"

namespace sluice::intake {

struct FirstFiles {
  std::vector<LogFile> files{};  // in the order in which they are to be read, each at its place
  bool ends_at_path = false;     // the last of them is the one at the path
  bool is_missed = false;        // the file that the position is of is gone
};

// `path` is for messages. Fails where a file stands at the place and cannot be read.
[[nodiscard]] Result<FirstFiles> find_first_files(const std::string& path, const Place& place,
                                                  const std::optional<Position>& left, Start start);

}  // namespace sluice::intake
