// SPDX-License-Identifier: Apache-2.0
#include "ctl/support/pseudonyms.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <sys/random.h>

namespace sluice::ctl {
namespace {

// Networks that keep to themselves, so that what they are can be told from the pseudonym.
const std::vector<Prefix>& classes() {
  static const std::vector<Prefix> kClasses = [] {
    std::vector<Prefix> prefixes;
    for (const char* text :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
          "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/8", "fc00::/7", "fe80::/10", "ff00::/8"})
      prefixes.push_back(*Prefix::parse(text));
    return prefixes;
  }();
  return kClasses;
}

// Who is the same on every host.
bool says_nothing(const Address& address) {
  static const std::vector<Prefix> kSame = {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("0.0.0.0"),
                                            *Prefix::parse("255.255.255.255"), *Prefix::parse("::"),
                                            *Prefix::parse("::1")};
  return std::ranges::any_of(kSame, [&](const Prefix& prefix) { return prefix.contains(address); });
}

// Whether those who share this many leading bits with the address are not all of one kind.
bool leads_to_a_class(const Address& address, unsigned bits) {
  const Prefix node(address, bits);
  return std::ranges::any_of(
      classes(), [&](const Prefix& prefix) { return prefix.length() > bits && node.contains(prefix); });
}

}  // namespace

Pseudonyms Pseudonyms::fresh() {
  std::array<std::uint64_t, 4> random{};
  // Cannot fail for so few bytes; and a bundle with a key that can be guessed is worse than none.
  if (getrandom(random.data(), sizeof random, 0) != sizeof random) std::abort();
  return Pseudonyms({{random[0], random[1]}, {random[2], random[3]}});
}

Address Pseudonyms::of(const Address& address) const {
  if (says_nothing(address)) return address;
  const auto bytes = address.bytes();
  std::array<std::uint8_t, 16> made{};
  std::ranges::copy(bytes, made.begin());
  // The bits before the one in question, what stands behind them being zero, and how many they are.
  std::array<char, 18> before{};
  before[16] = static_cast<char>(address.family());
  for (unsigned bit = 0; bit < max_prefix_length(address.family()); ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    before[17] = static_cast<char>(bit);
    const bool flips = (keyed_hash(keys_.addresses, {before.data(), before.size()}) & 1U) != 0;
    // No class is longer than 16 bits.
    if (flips && (bit >= 16 || !leads_to_a_class(address, bit)))
      made.at(bit / 8) = static_cast<std::uint8_t>(made.at(bit / 8) ^ mask);
    before.at(bit / 8) =
        static_cast<char>(static_cast<unsigned char>(before.at(bit / 8)) | (bytes[bit / 8] & mask));
  }
  if (address.family() == Family::ipv6) return Address::from_v6(made);
  return Address::from_v4({made[0], made[1], made[2], made[3]});
}

Prefix Pseudonyms::of(const Prefix& prefix) const {
  return {of(prefix.address()), prefix.length()};
}

std::string Pseudonyms::word(std::string_view kind, std::string_view text) const {
  return fmt::format("{}-{:08x}", kind, keyed_hash(keys_.words, text) & 0xffffffffU);
}

}  // namespace sluice::ctl
