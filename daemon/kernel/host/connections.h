// SPDX-License-Identifier: Apache-2.0
// The TCP connections of this host, as the kernel lists them. Used to find out at which port and interface a
// visitor is served.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "daemon/base/address.h"

namespace sluice::kernel {

struct Connection {
  Address local;
  std::uint16_t port = 0;  // of this host
  Address remote;
};

// Those whose remote address `is_wanted`, listening sockets left out. Reads a line for each connection of the
// network namespace: some milliseconds for ten thousand. What cannot be read is left out.
[[nodiscard]] std::vector<Connection> connections(const std::function<bool(const Address&)>& is_wanted);
// The lines of /proc/net/tcp or tcp6.
void read_connections(std::istream& lines, const std::function<bool(const Address&)>& is_wanted,
                      std::vector<Connection>& found);

// The interface that has the address; empty where none has.
[[nodiscard]] std::string interface_with(const Address& address);

}  // namespace sluice::kernel
