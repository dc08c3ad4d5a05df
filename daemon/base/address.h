// SPDX-License-Identifier: Apache-2.0
// IP addresses and prefixes: parse, print, compare, contain. No I/O, no name look-ups.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

[[nodiscard]] constexpr unsigned max_prefix_length(Family family) {
  return family == Family::ipv4 ? 32 : 128;
}

class Address {
 public:
  Address() = default;  // 0.0.0.0

  // Dotted quad or RFC 4291 text. An IPv4-mapped address (::ffff:192.0.2.1) becomes the IPv4 address that it
  // stands for. No zone, no brackets, no white space.
  [[nodiscard]] static Result<Address> parse(std::string_view text);

  [[nodiscard]] static Address from_v4(std::array<std::uint8_t, 4> network_order);
  [[nodiscard]] static Address from_v6(std::array<std::uint8_t, 16> network_order);

  [[nodiscard]] Family family() const { return family_; }
  // Network order: 4 or 16 bytes.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), family_ == Family::ipv4 ? std::size_t{4} : std::size_t{16}};
  }
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Address&) const = default;

 private:
  Family family_ = Family::ipv4;
  std::array<std::uint8_t, 16> bytes_{};  // network order; beyond the family's length always zero
};

// A network: an address whose bits beyond the length are zero.
class Prefix {
 public:
  Prefix() = default;  // 0.0.0.0/0

  // Host bits are cleared. A length beyond the family's is our bug.
  Prefix(const Address& address, unsigned length);

  // "192.0.2.0/24"; without a length the address alone (/32, /128). Host bits that are set are an error that
  // names the network meant.
  [[nodiscard]] static Result<Prefix> parse(std::string_view text);

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] unsigned length() const { return length_; }
  [[nodiscard]] Family family() const { return address_.family(); }
  [[nodiscard]] bool is_single_address() const { return length_ == max_prefix_length(family()); }

  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] bool contains(const Prefix& other) const;
  [[nodiscard]] bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }

  // "192.0.2.1" for a single IPv4 or IPv6 address, "192.0.2.0/24" otherwise.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Prefix&) const = default;

 private:
  Address address_;
  std::uint8_t length_ = 0;
};

[[nodiscard]] std::size_t hash_value(const Prefix& prefix);

}  // namespace sluice

template <>
struct std::hash<sluice::Prefix> {
  std::size_t operator()(const sluice::Prefix& prefix) const { return sluice::hash_value(prefix); }
};
