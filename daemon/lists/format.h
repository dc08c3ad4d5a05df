// SPDX-License-Identifier: Apache-2.0
// Reads the text of a list in the format that its options name: plain, CSV, JSON, or as somebody publishes
// his networks. Pure.
#pragma once

#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/options.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

// Appends the entries of a text, at most options.max_entries. Not of ListFormat::crawlers, which content.h
// reads. Bad lines are counted and left out; a text without any entry is an error.
[[nodiscard]] Result<ListReport> parse_list(std::string_view text, const ListOptions& options,
                                            ListNumber list, Entries& entries);

}  // namespace sluice::lists
