// SPDX-License-Identifier: Apache-2.0
// Keeps on disk how much each list from this host covers, as it was accepted: a file that an operator has let
// cover a large share of all addresses is to be read again after a restart. What is fetched has a copy
// instead, which was accepted before it was saved. One file, replaced as a whole. Used by app/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/lists/coverage.h"

namespace sluice::lists {

struct Accepted {
  std::string name;    // of the list
  std::string source;  // of another one it says nothing
  Coverage coverage;   // kept to the millionth, rounded up
};

// Writes only what differs from the file. Without any the file goes.
[[nodiscard]] Result<void> save_accepted(const std::string& path, std::span<const Accepted> accepted);

// What can be read; nothing where there is no file.
[[nodiscard]] std::vector<Accepted> load_accepted(const std::string& path);

}  // namespace sluice::lists
