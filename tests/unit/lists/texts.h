// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of what lists hold.
#pragma once

#include <string>
#include <vector>

#include "daemon/lists/content.h"

namespace sluice::lists {

// The entries as people write them: "192.0.2.0/24".
inline std::vector<std::string> texts(const Entries& entries) {
  std::vector<std::string> all;
  for (const Prefix& prefix : prefixes_of(entries))
    all.push_back(prefix.to_string());
  return all;
}

}  // namespace sluice::lists
