// SPDX-License-Identifier: Apache-2.0
// The entries of all lists together, packed: what the parsers fill and the list compiler consumes. 8 bytes an
// IPv4 entry, 24 an IPv6 one.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::lists {

// The number of a list, 1 to 255.
using ListNumber = std::uint8_t;
inline constexpr std::size_t kMaxLists = SLUICE_MAX_LISTS - 1;

// address << 32 | length << 24 | list << 16, as struct sluice_bucket_v4 has it; sorts with the enclosing
// network before those inside it.
using EntryV4 = std::uint64_t;

[[nodiscard]] constexpr std::uint32_t mask_v4(unsigned length) {
  return static_cast<std::uint32_t>(~0ULL << (32 - length));
}
[[nodiscard]] constexpr EntryV4 make_entry_v4(std::uint32_t network, unsigned length, ListNumber list) {
  return std::uint64_t{network} << 32U | std::uint64_t{length} << 24U | std::uint64_t{list} << 16U;
}
[[nodiscard]] constexpr std::uint32_t network_of(EntryV4 entry) {
  return static_cast<std::uint32_t>(entry >> 32U);
}
[[nodiscard]] constexpr unsigned length_of(EntryV4 entry) {
  return entry >> 24U & 0xffU;
}
[[nodiscard]] constexpr ListNumber list_of(EntryV4 entry) {
  return entry >> 16U & 0xffU;
}

// Both halves in host order.
struct EntryV6 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint8_t length = 0;
  ListNumber list = 0;

  [[nodiscard]] bool same_network(const EntryV6& other) const {
    return high == other.high && low == other.low && length == other.length;
  }
};

// The halves of the mask of an IPv6 length.
[[nodiscard]] constexpr std::uint64_t mask_high(unsigned length) {
  return length == 0 ? 0 : length >= 64 ? ~0ULL : ~0ULL << (64 - length);
}
[[nodiscard]] constexpr std::uint64_t mask_low(unsigned length) {
  return length <= 64 ? 0 : ~0ULL << (128 - length);
}

struct Entries {
  std::vector<EntryV4> v4;
  std::vector<EntryV6> v6;

  void add(const Prefix& prefix, ListNumber list);
  [[nodiscard]] std::size_t size() const { return v4.size() + v6.size(); }
};

// An IPv6 address as two halves in host order.
struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const Halves&) const = default;
};
[[nodiscard]] Halves halves_of(const Address& address);
[[nodiscard]] std::uint32_t number_of(const Address& v4);

// Sorts by network, an enclosing one before those inside it. In linear time.
void sort_entries(std::vector<EntryV4>& entries);
void sort_entries(std::vector<EntryV6>& entries);

}  // namespace sluice::lists
