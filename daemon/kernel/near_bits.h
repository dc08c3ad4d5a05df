// SPDX-License-Identifier: Apache-2.0
// The maps `near` and `areas`: which networks have an allow or a decision near them (bpf/wire.h), so that
// packets from anywhere else cost the program a bit or two. Used by verdict_table, the only writer. How many
// entries need each bit is counted here; a count that has reached its end stays there, and its bit set: that
// costs probes, never a verdict.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::kernel {

class NearBits {
 public:
  // `lines` is the mapped `near`, a power of two of them; both maps must outlive this. `seed` as in
  // sluice_settings. Bits that are set already stay until settle().
  NearBits(std::span<sluice_list_line> lines, sluice_areas& areas, std::uint64_t seed)
      : lines_(lines), areas_(areas), seed_(seed), counts_(lines.size() * 512) {}

  // To be called after the entry was made, and after it was removed.
  void add(const Prefix& source);
  void remove(const Prefix& source);

  // Every entry there is has been added: clears the bits that none of them needs.
  void settle();

 private:
  // Bits are numbered through: those of `near` by line, word and place.
  [[nodiscard]] std::uint64_t index_of(const Prefix& source) const;
  [[nodiscard]] __u64& word(std::uint64_t index) { return lines_[index / 512].words[index / 64 % 8]; }

  static constexpr std::size_t kAreas = std::size_t{1} << 16U;  // of a family
  struct Areas {
    std::span<__u64> words;
    std::span<std::uint8_t> counts;
    std::size_t first;
    std::size_t count;
  };
  // Those that a network lies in or covers; none where it is too long to need one.
  [[nodiscard]] Areas areas_of(const Prefix& source);

  std::span<sluice_list_line> lines_;
  sluice_areas& areas_;
  std::uint64_t seed_;
  std::vector<std::uint8_t> counts_;                                               // by bit of `near`
  std::vector<std::uint8_t> area_counts_ = std::vector<std::uint8_t>(2 * kAreas);  // IPv4, then IPv6
};

}  // namespace sluice::kernel
