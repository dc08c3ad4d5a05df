// SPDX-License-Identifier: Apache-2.0
// Reads the text of a list in the format that its options name: plain, CSV, JSON, or the JSON of a known
// publisher. Used by content.h. Pure.
#pragma once

#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/options.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

// Appends the entries of a text, at most options.max_entries. ListFormat::crawlers and crowdsec are not read
// here but by content.h. Bad lines are counted and left out; a text without any entry is an error.
[[nodiscard]] Result<ListReport> parse_list(std::string_view text, const ListOptions& options,
                                            ListNumber list, Entries& entries);

}  // namespace sluice::lists
