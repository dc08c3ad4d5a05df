// SPDX-License-Identifier: Apache-2.0
// Decides which entries the image needs. Several lists may hold an address, and the list that counts most
// must win whatever its prefix length is. But the kernel takes the longest match, so an entry stays only
// where it counts more than all entries that enclose it. Used by compile.h.
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

  // First the allows, then the others; among either, first the greater priority, then drop before throttle,
  // then the one that is named first.
  explicit Ranks(std::span<const Rule> rules);
  [[nodiscard]] unsigned operator[](ListNumber list) const { return ranks_[list]; }

 private:
  std::array<std::uint16_t, SLUICE_MAX_LISTS> ranks_{};
};

// Drops from sorted entries those that no address would be answered with; counts them by list.
void drop_redundant(std::vector<EntryV4>& entries, const Ranks& ranks, CountByList& redundant);
void drop_redundant(std::vector<EntryV6>& entries, const Ranks& ranks, CountByList& redundant);

}  // namespace sluice::lists
