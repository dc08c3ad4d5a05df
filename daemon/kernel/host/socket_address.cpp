// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/socket_address.h"

#include <array>
#include <cstdint>
#include <cstring>

#include <netinet/in.h>

namespace sluice::kernel {

std::optional<Address> to_address(const sockaddr* socket_address) {
  if (socket_address == nullptr) return std::nullopt;
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::array<std::uint8_t, sizeof v4.sin_addr> bytes{};
    std::memcpy(&v4, socket_address, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return Address::from_v4(bytes);
  }
  if (socket_address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::array<std::uint8_t, sizeof v6.sin6_addr> bytes{};
    std::memcpy(&v6, socket_address, sizeof v6);
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return Address::from_v6(bytes);
  }
  return std::nullopt;
}

}  // namespace sluice::kernel
