// SPDX-License-Identifier: Apache-2.0
// Where the daemon's HTTP listens: on this host and nowhere else. Pure; used by config/ to check what is
// written and by http_server.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/base/address.h"
#include "daemon/base/error.h"

namespace sluice::gate {

struct TcpEndpoint {
  Address address;  // of the loopback interface
  std::uint16_t port = 0;
};
struct UnixEndpoint {
  std::string path;  // absolute, and short enough for sockaddr_un
};
using ListenAddress = std::variant<TcpEndpoint, UnixEndpoint>;

// "127.0.0.1:9798", "[::1]:9798" or "/run/sluice/metrics.sock". An address that other hosts can reach is
// refused: what is told here is for this host's own agent, over no encryption.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace sluice::gate
