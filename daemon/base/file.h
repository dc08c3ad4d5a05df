// SPDX-License-Identifier: Apache-2.0
// Files, read and replaced as a whole. A reader bounds what it takes, and refuses a pipe or a device instead
// of waiting for it. For what an operator writes and the daemon keeps; logs are read by intake/, which
// follows them.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"

namespace sluice {

// The text of a regular file of at most `max_bytes`. Errors begin with the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);
// The same of a file that is open; `path` is for errors.
[[nodiscard]] Result<std::string> read_file(const UniqueFd& file, const std::string& path,
                                            std::size_t max_bytes);

// Afterwards the file holds the parts one after the other; if this fails, or the power does, it holds all of
// the old text. Its mode is 0640. The folder is made where there is none, but not those above it; what root
// makes in the folder of another user is that user's. Errors begin with the path.
[[nodiscard]] Result<void> replace_file(const std::string& path,
                                        std::initializer_list<std::string_view> parts,
                                        std::optional<WallTime> modified = {});

// The time of access and that of modification, as utimensat takes them.
[[nodiscard]] std::array<timespec, 2> times_of(WallTime time);

[[nodiscard]] bool is_folder(const std::string& path);

}  // namespace sluice
