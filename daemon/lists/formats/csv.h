// SPDX-License-Identifier: Apache-2.0
// Networks in one column of a CSV text, which base/csv.h reads leniently; comments after # at the start of a
// line, as in RFC 8805. The text is a stranger's: the work is linear in it, and fields beyond the ten
// thousandth of a line are left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

struct CsvColumn {
  std::string name;      // a number from 1 on, or as the first line has it; a number takes the first line for
                         // names where its field is no address
  char separator = ',';  // not '"'
  std::string last;      // the column with the last address of a range, as `name`; empty: there are no ranges
};

// As parse_netset. A line is bad where the column holds an address and the next one what could be the end or
// the size of a network, but for those in the files that registries publish, which are read. A text of
// nothing but comments, or of names with the column, is a list of nobody.
[[nodiscard]] Result<ListReport> parse_csv(std::string_view text, const CsvColumn& column, ListNumber list,
                                           Entries& entries, std::size_t most);

}  // namespace sluice::lists
