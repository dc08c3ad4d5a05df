// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/proxies.h"

#include <array>

#include "daemon/lists/entries.h"
#include "daemon/lists/netset.h"

namespace sluice::app {
namespace {

template <std::size_t N>
void put(std::array<std::uint8_t, N>& bytes, std::size_t at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * (size - 1 - i)));
}

}  // namespace

Result<std::vector<Prefix>> trusted_networks(const intake::ProxyOptions& options) {
  std::vector<Prefix> networks = options.trusted;
  lists::Entries entries;
  for (const std::string& path : options.lists) {
    if (const auto read = lists::load_netset(path, 1, entries); !read)
      return read.error().in("proxies.lists");
  }
  for (const lists::EntryV4 entry : entries.v4) {
    std::array<std::uint8_t, 4> bytes{};
    put(bytes, 0, 4, lists::network_of(entry));
    networks.emplace_back(Address::from_v4(bytes), lists::length_of(entry));
  }
  for (const lists::EntryV6& entry : entries.v6) {
    std::array<std::uint8_t, 16> bytes{};
    put(bytes, 0, 8, entry.high);
    put(bytes, 8, 8, entry.low);
    networks.emplace_back(Address::from_v6(bytes), entry.length);
  }
  return networks;
}

}  // namespace sluice::app
