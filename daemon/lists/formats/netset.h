// SPDX-License-Identifier: Apache-2.0
// The plain format of published lists: an address or network a line, comments after # or ;, further words
// ignored, both families mixed. The text is a stranger's: whatever it holds, the work is linear in it and
// what is kept of the bad lines is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/formats/entry_reader.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

// Appends the entries of a text. Lines that hold none are counted and left out; a text without any entry is
// an error, which says what is wrong with its first lines, and so is one of more than `most`.
[[nodiscard]] Result<ListReport> parse_netset(std::string_view text, ListNumber list, Entries& entries,
                                              std::size_t most = kNoLimit);

// As parse_netset(), of a file of at most 1 GiB. Errors begin with the path.
[[nodiscard]] Result<ListReport> load_netset(const std::string& path, ListNumber list, Entries& entries);

}  // namespace sluice::lists
