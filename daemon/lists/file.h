// SPDX-License-Identifier: Apache-2.0
// Files of bounded size, read whole. A pipe or a device in their place is refused, not waited for.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::lists {

// Errors begin with the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// The files of a folder, sorted by name: regular ones, but those that begin with a dot or end in ~ or .sig.
// At most 1,000 of them, or it is an error, which begins with the path.
[[nodiscard]] Result<std::vector<std::string>> files_in(const std::string& folder);

[[nodiscard]] bool is_folder(const std::string& path);

}  // namespace sluice::lists
