// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/entries.h"

namespace sluice::lists {
namespace {

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes)
    value = value << 8U | byte;
  return value;
}

}  // namespace

std::uint32_t number_of(const Address& v4) {
  return static_cast<std::uint32_t>(big_endian(v4.bytes()));
}

Halves halves_of(const Address& address) {
  const auto bytes = address.bytes();
  return {big_endian(bytes.first(8)), big_endian(bytes.subspan(8))};
}

void Entries::add(const Prefix& prefix, ListNumber list) {
  if (prefix.family() == Family::ipv4) {
    v4.push_back(make_entry_v4(number_of(prefix.address()), prefix.length(), list));
    return;
  }
  const Halves halves = halves_of(prefix.address());
  v6.push_back({halves.high, halves.low, static_cast<std::uint8_t>(prefix.length()), list});
}

}  // namespace sluice::lists
