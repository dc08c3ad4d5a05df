// SPDX-License-Identifier: Apache-2.0
// The list compiler: makes the image that the kernel program reads (bpf/wire.h, "Lists") from the entries of
// all lists. Pure: neither files nor maps nor randomness. Used by app/; lookup.h reads an image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/image/precedence.h"

namespace sluice::lists {

// The smallest filter.list_memory_mib that gives an image of so many lines room: the map holds two and a
// line.
[[nodiscard]] constexpr std::uint64_t memory_mib(std::size_t lines) {
  const std::uint64_t bytes = (2 * std::uint64_t{lines} + 1) * sizeof(sluice_list_line);
  return (bytes + (1U << 20U) - 1) >> 20U;
}

// How many IPv6 entries there are of each kind.
struct CountsV6 {
  std::size_t nets = 0;    // different /32s with entries of 32 bits and more
  std::size_t narrow = 0;  // entries up to /64, but those of 32 bits
  std::size_t wide = 0;    // longer ones
};

// Sorted entries without the redundant ones, ready to be laid out.
class Compilation {
 public:
  // `rules` in the order of the configuration, each list once. Entries of a list without a rule are
  // redundant.
  Compilation(Entries entries, std::span<const Rule> rules);

  // What an image takes at the least. Rarely build() has to make it a few percent larger.
  [[nodiscard]] std::size_t lines() const;

  // Writes the image to the beginning of `out`, whose content may be anything and which nobody else reads or
  // writes meanwhile; returns how many lines it has. Fails, without an image, where it does not fit: the
  // message says which setting gives how much and what is needed. `seed` is to be unpredictable.
  [[nodiscard]] Result<std::size_t> build(std::uint64_t seed, std::span<sluice_list_line> out) const;

  [[nodiscard]] const Entries& entries() const { return entries_; }
  [[nodiscard]] const CountByList& redundant() const { return redundant_; }

 private:
  Entries entries_;
  std::vector<Rule> rules_;
  CountByList redundant_{};
  // How many buckets each table of IPv6 begins with follows from these.
  CountsV6 v6_;
};

}  // namespace sluice::lists
