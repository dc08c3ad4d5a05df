// SPDX-License-Identifier: Apache-2.0
// Which entries the image needs: of all that hold an address, that of the list that counts most. Prefix
// length has no part in that, but the kernel takes the longest match: so an entry stays only where it counts
// more than those that enclose it. Used by compile.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/lists/entries.h"

namespace sluice::lists {

// What becomes of a packet whose source the list holds.
struct Rule {
  ListNumber list = 0;
  sluice_action action = SLUICE_DROP;
  std::uint64_t interval_ns = 0;   // throttle: as in struct sluice_decision
  std::uint64_t tolerance_ns = 0;  // throttle
  std::int32_t priority = 0;       // the greater counts more, but allows count before all
};

// How many, by list number.
using CountByList = std::array<std::uint32_t, SLUICE_MAX_LISTS>;

// By list number; a lower rank counts more. A list without a rule has the last rank: its entries are never
// kept.
class Ranks {
 public:
  static constexpr unsigned kNone = SLUICE_MAX_LISTS;

  // The allows; of the others, as of the allows, the greater priority; drop before throttle; the one named
  // first.
  explicit Ranks(std::span<const Rule> rules);
  [[nodiscard]] unsigned operator[](ListNumber list) const { return ranks_[list]; }

 private:
  std::array<std::uint16_t, SLUICE_MAX_LISTS> ranks_{};
};

// Sorts by network, an enclosing one before those inside it. In linear time.
void sort_entries(std::vector<EntryV4>& entries);
void sort_entries(std::vector<EntryV6>& entries);

// Drops what an address would never be answered with, of sorted entries; counts it by list.
void drop_redundant(std::vector<EntryV4>& entries, const Ranks& ranks, CountByList& redundant);
void drop_redundant(std::vector<EntryV6>& entries, const Ranks& ranks, CountByList& redundant);

}  // namespace sluice::lists
