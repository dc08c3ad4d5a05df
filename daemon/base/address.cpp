// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/address.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace sluice {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void clear_host_bits(std::span<std::uint8_t> bytes, unsigned length) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned first_bit = static_cast<unsigned>(i) * 8;
    if (length <= first_bit) {
      bytes[i] = 0;
    } else if (length < first_bit + 8) {
      bytes[i] &= static_cast<std::uint8_t>(0xff00U >> (length - first_bit));
    }
  }
}

Address masked(const Address& address, unsigned length) {
  if (address.family() == Family::ipv4) {
    std::array<std::uint8_t, 4> bytes{};
    std::ranges::copy(address.bytes(), bytes.begin());
    clear_host_bits(bytes, length);
    return Address::from_v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.bytes(), bytes.begin());
  clear_host_bits(bytes, length);
  return Address::from_v6(bytes);
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.empty() || text.size() >= buffer.size()) {
    return Error(fmt::format("'{}' is not an IP address", text.substr(0, 64)));
  }
  std::ranges::copy(text, buffer.begin());  // inet_pton wants a terminated string
  if (std::memchr(buffer.data(), '\0', text.size()) != nullptr)
    return Error("an IP address holds no NUL byte");

  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, buffer.data(), v4.data()) == 1) return from_v4(v4);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, buffer.data(), v6.data()) == 1) {
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), v6.begin())) {
      return from_v4({v6[12], v6[13], v6[14], v6[15]});
    }
    return from_v6(v6);
  }
  return Error(fmt::format("'{}' is not an IP address", text));
}

Address Address::from_v4(std::array<std::uint8_t, 4> network_order) {
  Address address;
  address.family_ = Family::ipv4;
  std::ranges::copy(network_order, address.bytes_.begin());
  return address;
}

Address Address::from_v6(std::array<std::uint8_t, 16> network_order) {
  Address address;
  address.family_ = Family::ipv6;
  address.bytes_ = network_order;
  return address;
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const char* text =
      inet_ntop(family_ == Family::ipv4 ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  assert(text != nullptr);
  return text;
}

Prefix::Prefix(const Address& address, unsigned length)
    : address_(masked(address, length)), length_(static_cast<std::uint8_t>(length)) {
  assert(length <= max_prefix_length(address.family()));
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto address = Address::parse(text.substr(0, slash));
  if (!address) return address.error();
  if (slash == std::string_view::npos) return Prefix(*address, max_prefix_length(address->family()));

  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const unsigned longest = max_prefix_length(address->family());
  if (ec != std::errc() || end != digits.data() + digits.size() || length > longest) {
    return Error(fmt::format("'{}': the prefix length must be a number from 0 to {}", text, longest));
  }
  Prefix prefix(*address, length);
  if (prefix.address() != *address) {
    return Error(fmt::format("'{}' has host bits set; the network is {}", text, prefix.to_string()));
  }
  return prefix;
}

bool Prefix::contains(const Address& address) const {
  return address.family() == family() && masked(address, length_) == address_;
}

bool Prefix::contains(const Prefix& other) const {
  return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::to_string() const {
  if (is_single_address()) return address_.to_string();
  return fmt::format("{}/{}", address_.to_string(), length_);
}

std::size_t hash_value(const Prefix& prefix) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  const auto bytes = prefix.address().bytes();
  std::memcpy(&high, bytes.data(), bytes.size() == 4 ? 4 : 8);
  if (bytes.size() == 16) std::memcpy(&low, bytes.data() + 8, 8);
  // The finaliser of MurmurHash3, whose constants spread every input bit over the output.
  std::uint64_t h = high ^ (low * 0x9e3779b97f4a7c15ULL) ^ (std::uint64_t{prefix.length()} << 56U);
  h = (h ^ (h >> 33U)) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33U);
}

}  // namespace sluice
