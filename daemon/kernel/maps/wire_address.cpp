// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/wire_address.h"

#include <array>
#include <cassert>
#include <cstring>

namespace sluice::kernel {
namespace {

// Both types hold the bytes in network order: they are copied.
Address address_v4(const __u32& addr_be) {
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &addr_be, bytes.size());
  return Address::from_v4(bytes);
}

Address address_v6(const __u32 (&addr_be)[4]) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), addr_be, bytes.size());
  return Address::from_v6(bytes);
}

}  // namespace

sluice_key_v4 to_key_v4(const Prefix& prefix) {
  assert(prefix.family() == Family::ipv4);
  sluice_key_v4 key{.length = prefix.length(), .addr_be = 0};
  std::memcpy(&key.addr_be, prefix.address().bytes().data(), sizeof key.addr_be);
  return key;
}

sluice_key_v6 to_key_v6(const Prefix& prefix) {
  assert(prefix.family() == Family::ipv6);
  sluice_key_v6 key{.length = prefix.length(), .addr_be = {}};
  std::memcpy(key.addr_be, prefix.address().bytes().data(), sizeof key.addr_be);
  return key;
}

std::optional<Prefix> to_prefix(const sluice_key_v4& key) {
  if (key.length > max_prefix_length(Family::ipv4)) return std::nullopt;
  return Prefix(address_v4(key.addr_be), key.length);
}

std::optional<Prefix> to_prefix(const sluice_key_v6& key) {
  if (key.length > max_prefix_length(Family::ipv6)) return std::nullopt;
  return Prefix(address_v6(key.addr_be), key.length);
}

Halves to_halves(const Address& address) {
  const auto bytes = address.bytes();
  std::array<std::uint64_t, 2> halves{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    halves[i / 8] |= std::uint64_t{bytes[i]} << (56 - 8 * (i % 8));
  return {halves[0], halves[1]};
}

std::optional<Prefix> to_prefix(const sluice_source_key& key, unsigned ipv6_source_length) {
  switch (key.family) {
    case SLUICE_IPV4:
      return Prefix(address_v4(key.addr_be[0]), max_prefix_length(Family::ipv4));
    case SLUICE_IPV6:
      return Prefix(address_v6(key.addr_be), ipv6_source_length);
    default:
      return std::nullopt;
  }
}

}  // namespace sluice::kernel
