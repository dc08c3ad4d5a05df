// SPDX-License-Identifier: Apache-2.0
// Where a list may come from: a file, a folder of files, or a URL. Pure.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice::lists {

[[nodiscard]] bool is_url(std::string_view source);

// The source as it may be shown to whoever may look: of a URL the host and the name of the file, for the rest
// may hold a key. "https://feeds.example.org/.../drop.txt".
[[nodiscard]] std::string shown_source(std::string_view source);

// An absolute path, https, or http to this host itself (127.0.0.0/8, [::1], localhost); no user name in a
// URL. What is wrong, with the remedy.
[[nodiscard]] Result<void> check_source(std::string_view source);

}  // namespace sluice::lists
