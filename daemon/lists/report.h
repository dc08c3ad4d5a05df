// SPDX-License-Identifier: Apache-2.0
// What the reading of a list found beside its entries. Made by formats/, sanity.h and content.h; shown by
// app/.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice::lists {

struct ListReport {
  static constexpr std::size_t kMaxFaults = 3;

  std::size_t entries_v4 = 0;
  std::size_t entries_v6 = 0;
  std::size_t host_bits_cleared = 0;  // entries whose address had bits beyond the length
  std::size_t bad_lines = 0;
  std::vector<std::string> faults;  // of the first bad lines: "line 12: 'example' is not an IP address"
  std::size_t too_wide = 0;         // of the entries, left out for holding nearly everybody (sanity.h)
  std::size_t spared = 0;           // of the entries, left out or cut for the private networks in them
  // Decisions of CrowdSec that the list does not take, by "scope AS" or "type captcha"; a bounded number.
  std::vector<std::pair<std::string, std::size_t>> not_for_packets;

  [[nodiscard]] std::size_t entries() const { return entries_v4 + entries_v6; }
};

}  // namespace sluice::lists
