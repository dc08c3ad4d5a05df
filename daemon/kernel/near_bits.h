// SPDX-License-Identifier: Apache-2.0
// The map `near`: which networks have an allow or a decision near them (bpf/wire.h), so that packets from
// anywhere else cost the program one bit. Used by verdict_table, the only writer. How many entries need each
// bit is counted here; a count that has reached its end stays there, and its bit set: that costs probes,
// never a verdict.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::kernel {

class NearBits {
 public:
  // `lines` is the mapped map, a power of two of them, and must outlive this; `seed` as in sluice_settings.
  // Bits that are set already stay until settle().
  NearBits(std::span<sluice_list_line> lines, std::uint64_t seed)
      : lines_(lines), seed_(seed), counts_(lines.size() * 512) {}

  // To be called after the entry was made, and after it was removed.
  void add(const Prefix& source);
  void remove(const Prefix& source);

  // Every entry there is has been added: clears the bits that none of them needs.
  void settle();

 private:
  [[nodiscard]] std::uint64_t index_of(const Prefix& source) const;
  [[nodiscard]] __u64& word(std::uint64_t index) { return lines_[index / 512].words[index / 64 % 8]; }

  std::span<sluice_list_line> lines_;
  std::uint64_t seed_;
  std::vector<std::uint8_t> counts_;  // by bit
};

}  // namespace sluice::kernel
