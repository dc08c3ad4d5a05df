// SPDX-License-Identifier: Apache-2.0
// The plain format that published lists have: an address or network a line, comments after # or ;, further
// words ignored, both families mixed. The text is a stranger's: whatever it holds, the work is linear in it
// and what is kept of the bad lines is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"

namespace sluice::lists {

struct NetSetReport {
  static constexpr std::size_t kMaxFaults = 3;

  std::size_t entries_v4 = 0;
  std::size_t entries_v6 = 0;
  std::size_t host_bits_cleared = 0;  // entries whose address had bits beyond the length
  std::size_t bad_lines = 0;
  std::vector<std::string> faults;  // of the first bad lines: "line 12: 'example' is not an IP address"
};

// Appends the entries of a text. Lines that hold none are counted and left out; a text without any entry is
// an error, which says what is wrong with its first lines.
[[nodiscard]] Result<NetSetReport> parse_netset(std::string_view text, ListNumber list, Entries& entries);

// Likewise of a file, of at most 1 GiB. Errors begin with the path.
[[nodiscard]] Result<NetSetReport> load_netset(const std::string& path, ListNumber list, Entries& entries);

}  // namespace sluice::lists
