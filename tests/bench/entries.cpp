// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/entries.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace sluice::bench {
namespace {

using Random = std::mt19937_64;

// An address in host order, left aligned, as the filter has it.
struct Bits {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

Address to_address(Family family, Bits bits) {
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(bits.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(bits.low >> (56 - 8 * i));
  }
  if (family == Family::ipv6) return Address::from_v6(bytes);
  return Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

std::uint32_t first_word(const Address& address) {
  const auto bytes = address.bytes();
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

// Lengths as lists have them, in thousandths.
struct Share {
  unsigned thousandths;
  unsigned first;
  unsigned last;
};
constexpr std::array<Share, 6> kSharesV4{
    {{1, 12, 15}, {9, 16, 19}, {90, 20, 23}, {400, 24, 24}, {100, 25, 31}, {400, 32, 32}}};
constexpr std::array<Share, 6> kSharesV6{
    {{20, 32, 32}, {80, 33, 47}, {400, 48, 48}, {100, 49, 63}, {300, 64, 64}, {100, 65, 128}}};

unsigned draw_length(Family family, Random& random) {
  const auto& shares = family == Family::ipv4 ? kSharesV4 : kSharesV6;
  auto left = random() % 1000;
  for (const Share& share : shares) {
    if (left < share.thousandths)
      return share.first + static_cast<unsigned>(random() % (share.last - share.first + 1));
    left -= share.thousandths;
  }
  return max_prefix_length(family);
}

// Unicast space: 1.0.0.0 to 222.255.255.255 without 10.0.0.0/8, where the lab is, and 127.0.0.0/8; and
// 2000::/3.
Bits draw_address(Family family, Random& random) {
  if (family == Family::ipv6) return {random() >> 3 | 1ULL << 61, random()};
  auto first = 1 + random() % 222;
  if (first == 10 || first == 127) ++first;
  return {first << 56 | random() >> 8 >> 32 << 32, 0};
}

// Entries lie in so many clusters, of a /16 or a /32: about three hundred entries each.
Bits draw_in_cluster(Family family, const std::vector<Bits>& clusters, Random& random) {
  const Bits cluster = clusters[random() % clusters.size()];
  const Bits other = draw_address(family, random);
  const std::uint64_t kept = family == Family::ipv4 ? 0xffffULL << 48 : 0xffffffffULL << 32;
  return {(cluster.high & kept) | (other.high & ~kept), other.low};
}

Address draw_inside(const Prefix& prefix, Random& random) {
  const auto network = prefix.address().bytes();
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < network.size(); ++i) {
    const unsigned kept = prefix.length() >= 8 * i ? std::min(8U, prefix.length() - 8 * i) : 0;
    const auto host = static_cast<std::uint8_t>(kept >= 8 ? 0 : 0xffU >> kept);
    bytes[i] = static_cast<std::uint8_t>(network[i] | (static_cast<std::uint8_t>(random()) & host));
  }
  if (prefix.family() == Family::ipv6) return Address::from_v6(bytes);
  return Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

}  // namespace

Entries make_entries(Family family, std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Bits> clusters(1 + count / 300);
  for (Bits& cluster : clusters)
    cluster = draw_address(family, random);
  Entries entries;
  std::unordered_set<Prefix> seen;  // prefixes, and the addresses as such
  seen.reserve(2 * count);
  entries.prefixes.reserve(count);
  entries.addresses.reserve(count);
  while (entries.prefixes.size() < count) {
    // One in ten stands alone: with few clusters there are not enough different prefixes.
    const Bits bits =
        random() % 10 == 0 ? draw_address(family, random) : draw_in_cluster(family, clusters, random);
    const Prefix prefix(to_address(family, bits), draw_length(family, random));
    const Address address = draw_inside(prefix, random);
    const Prefix single(address, max_prefix_length(family));
    if (seen.contains(prefix) || seen.contains(single)) continue;
    seen.insert(prefix);
    seen.insert(single);
    entries.prefixes.push_back(prefix);
    entries.addresses.push_back(address);
  }
  return entries;
}

std::vector<Address> listed_sources(std::span<const Address> addresses, std::size_t count) {
  Random random(count);
  std::vector<Address> sources;
  sources.reserve(count);
  while (sources.size() < count)
    sources.push_back(addresses[random() % addresses.size()]);
  return sources;
}

std::vector<Address> clean_sources(Family family, const Entries& entries, std::size_t count) {
  // A bit for each /24; for each /32, of which there are too many, one by its lower 24 bits: some are taken
  // for touched that are not.
  std::vector<bool> touched(1U << 24);
  const auto mark = [](Family of, std::uint32_t word) {
    return of == Family::ipv4 ? word >> 8 : word & 0xffffff;
  };
  for (const Prefix& prefix : entries.prefixes) {
    const std::uint32_t first = mark(family, first_word(prefix.address()));
    const std::uint32_t size =
        family == Family::ipv4 && prefix.length() < 24 ? 1U << (24 - prefix.length()) : 1;
    for (std::uint32_t i = 0; i < size; ++i)
      touched[first + i] = true;
  }
  Random random(count + 1);
  std::vector<Address> sources;
  sources.reserve(count);
  while (sources.size() < count) {
    const Address source = to_address(family, draw_address(family, random));
    if (!touched[mark(family, first_word(source))]) sources.push_back(source);
  }
  return sources;
}

std::vector<Prefix> read_prefixes(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  std::vector<Prefix> prefixes;
  for (std::string line; std::getline(file, line);) {
    const auto prefix = Prefix::parse(line);
    if (!prefix) throw std::runtime_error(fmt::format("{}: {}", path, prefix.error().message()));
    prefixes.push_back(*prefix);
  }
  return prefixes;
}

}  // namespace sluice::bench
