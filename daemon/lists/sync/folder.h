// SPDX-License-Identifier: Apache-2.0
// The files that a folder of lists is made of. Reads names alone. Used by content.h and file_watch.h.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::lists {

// The regular files of a folder, sorted by name, without those that begin with a dot or end in ~ or .sig.
// More than 1,000 are an error. Errors begin with the path.
[[nodiscard]] Result<std::vector<std::string>> files_in(const std::string& folder);

}  // namespace sluice::lists
