// SPDX-License-Identifier: Apache-2.0
// Keeps on disk which sources of lists failed lately and when they may be asked again: a daemon that is
// restarted over and over must not ask a server in trouble each time. One file, replaced as a whole. Used by
// app/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::lists {

struct Retry {
  std::string name;    // of the list
  std::string source;  // a URL; of another one it says nothing
  unsigned failures = 0;
  WallTime due{};       // to the second
  std::string failure;  // why, in words; at most 1 KiB is kept

  bool operator==(const Retry&) const = default;
};

// Without any the file goes. Its folder is made where there is none.
[[nodiscard]] Result<void> save_retries(const std::string& path, std::span<const Retry> retries);

// What can be read; nothing where there is no file.
[[nodiscard]] std::vector<Retry> load_retries(const std::string& path);

}  // namespace sluice::lists
