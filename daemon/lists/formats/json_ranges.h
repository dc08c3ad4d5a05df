// SPDX-License-Identifier: Apache-2.0
// Networks within a JSON text, found by paths: the names of members from the outside in, with dots between
// them; * stands for each member, and arrays are gone through wherever they stand. "prefixes.ipv4Prefix"
// finds what Google publishes. A text is one document, or has a document in each line (JSON lines), as
// Spamhaus publishes its lists. The text is a stranger's: at most 32 MiB of it are read, and the work is
// linear in it for each path.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{32} << 20U;  // takes up to 20 times that to read

// As parse_netset; a bad "line" is an entry, counted through all paths in their order; of JSON lines it is a
// line. A list of nobody is one whose arrays are empty where the paths lead, or one of metadata alone: of
// lines that are objects with {"type": "metadata"}.
[[nodiscard]] Result<ListReport> parse_json_ranges(std::string_view text, std::span<const std::string> paths,
                                                   ListNumber list, Entries& entries, std::size_t most);

// Fails on a text that is no path; the error says why.
[[nodiscard]] Result<void> check_json_path(std::string_view path);

}  // namespace sluice::lists
