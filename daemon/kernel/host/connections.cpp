// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/connections.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

#include <ifaddrs.h>

#include "daemon/kernel/host/socket_address.h"

namespace sluice::kernel {
namespace {

constexpr std::string_view kListening = "0A";

template <class Number>
std::optional<Number> hexadecimal(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Address without_mapping(const std::array<std::uint8_t, 16>& bytes) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return Address::from_v6(bytes);
  return Address::from_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

// "0100007F:0050": words of 32 bits in the host's order of bytes, and the port.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;
};
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  constexpr std::size_t kDigits = 8;
  const auto colon = text.find(':');
  if (colon != kDigits && colon != 4 * kDigits) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t word = 0; word < colon / kDigits; ++word) {
    const auto value = hexadecimal<std::uint32_t>(text.substr(word * kDigits, kDigits));
    if (!value) return std::nullopt;
    std::memcpy(&bytes[word * sizeof *value], &*value, sizeof *value);
  }
  const auto port = hexadecimal<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (colon == kDigits) return Endpoint{Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), *port};
  return Endpoint{without_mapping(bytes), *port};
}

}  // namespace

void read_connections(std::istream& lines, const std::function<bool(const Address&)>& is_wanted,
                      std::vector<Connection>& found) {
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    if (!(fields >> number >> local >> remote >> state) || state == kListening) continue;
    const auto here = parse_endpoint(local);
    const auto there = parse_endpoint(remote);
    if (here && there && is_wanted(there->address))
      found.push_back({here->address, here->port, there->address});
  }
}

std::vector<Connection> connections(const std::function<bool(const Address&)>& is_wanted) {
  std::vector<Connection> found;
  for (const char* path : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    std::ifstream file(path);
    read_connections(file, is_wanted, found);
  }
  return found;
}

std::string interface_with(const Address& address) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(first, &::freeifaddrs);
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    if (to_address(at->ifa_addr) == address) return at->ifa_name;
  }
  return {};
}

}  // namespace sluice::kernel
