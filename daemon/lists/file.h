// SPDX-License-Identifier: Apache-2.0
// Files, read and replaced as a whole. What is read is bounded; a pipe or a device in its place is refused,
// not waited for.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::lists {

// Errors begin with the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// All of the new text or all of the old, also after a power cut; for its owner and group. The folder is made
// where there is none, but not those above it. Errors begin with the path.
[[nodiscard]] Result<void> replace_file(const std::string& path,
                                        std::initializer_list<std::string_view> parts,
                                        std::optional<WallTime> modified = {});

// Of access and of modification, as utimensat takes them.
[[nodiscard]] std::array<timespec, 2> times_of(WallTime time);

// The files of a folder, sorted by name: regular ones, but those that begin with a dot or end in ~ or .sig.
// At most 1,000 of them, or it is an error, which begins with the path.
[[nodiscard]] Result<std::vector<std::string>> files_in(const std::string& folder);

[[nodiscard]] bool is_folder(const std::string& path);

}  // namespace sluice::lists
