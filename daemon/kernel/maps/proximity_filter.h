// SPDX-License-Identifier: Apache-2.0
// The writer of the maps `near` and `areas` (bpf/wire.h): they tell the program which networks have an allow
// or a decision near them, so that a packet from anywhere else costs it a bit or two. Used by verdict_table
// and table_copy. It counts how many entries need each bit. A count that reaches its maximum stays there, and
// its bit stays set: that costs probes and changes no verdict.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::kernel {

class ProximityFilter {
 public:
  // `lines` is the mapped `near`; their number is a power of two. Both maps must outlive this. `seed` is that
  // of sluice_settings. Bits that are set already stay set until clear_unneeded().
  ProximityFilter(std::span<sluice_list_line> lines, sluice_areas& areas, std::uint64_t seed)
      : lines_(lines), areas_(areas), seed_(seed), counts_(lines.size() * 512) {}

  // add() is to be called after the entry was made, remove() after it was removed.
  void add(const Prefix& source);
  void remove(const Prefix& source);

  // To be called when every entry there is has been added: clears the bits that none of them needs.
  void clear_unneeded();

 private:
  // The number of the bit in `near`: counted by line, word and place.
  [[nodiscard]] std::uint64_t index_of(const Prefix& source) const;
  [[nodiscard]] __u64& word(std::uint64_t index) { return lines_[index / 512].words[index / 64 % 8]; }

  static constexpr std::size_t kAreas = std::size_t{1} << 16U;  // of one family
  struct Areas {
    std::span<__u64> words;
    std::span<std::uint8_t> counts;
    std::size_t first;
    std::size_t count;
  };
  // The areas that a network lies in or covers; none if it is so long that it needs none.
  [[nodiscard]] Areas areas_of(const Prefix& source);

  std::span<sluice_list_line> lines_;
  sluice_areas& areas_;
  std::uint64_t seed_;
  std::vector<std::uint8_t> counts_;                                               // by bit of `near`
  std::vector<std::uint8_t> area_counts_ = std::vector<std::uint8_t>(2 * kAreas);  // IPv4, then IPv6
};

}  // namespace sluice::kernel
