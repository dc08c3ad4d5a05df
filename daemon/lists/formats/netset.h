// SPDX-License-Identifier: Apache-2.0
// The plain format of published lists: an address, a network or a range a line, comments after # or ;, both
// families mixed. The text is a stranger's: whatever it holds, the work is linear in it and what is kept of
// the bad lines is bounded.
//
// Networks are also written as ADDRESS MASK, ranges as FIRST-LAST, FIRST - LAST, "FIRST LAST LENGTH"
// (DShield) and NAME:FIRST-LAST (lists for peer-to-peer programs); the files in which the registries publish
// what they have delegated (REGISTRY|COUNTRY|ipv4|FIRST|COUNT|...) are read too. Other words behind an
// address are ignored. A line is bad where what stands behind its address could be the size or the end of a
// network, and may as well be something else: one address of a network is never taken for all of it.
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
// an error, which says what is wrong with its first lines, and so is one of more than `most`. A text of
// comments alone is a list of nobody, and no error.
[[nodiscard]] Result<ListReport> parse_netset(std::string_view text, ListNumber list, Entries& entries,
                                              std::size_t most = kNoLimit);

// As parse_netset(), of a file of at most 1 GiB. Errors begin with the path.
[[nodiscard]] Result<ListReport> load_netset(const std::string& path, ListNumber list, Entries& entries);

}  // namespace sluice::lists
