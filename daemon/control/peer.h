// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection, as the kernel says it, and whether he may use the socket. Trusts
// nothing that the client says of itself (SUDO_USER least of all).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/types.h>

#include "daemon/base/error.h"

namespace sluice::control {

struct Peer {
  uid_t uid = 0;
  std::string name;           // of the user, or "uid 1234" where it has none
  std::vector<gid_t> groups;  // of the process at the time of connect(2), and of the user
};

// Asks the kernel (SO_PEERCRED) and the user database, which may read files: a call for each connection.
[[nodiscard]] Result<Peer> peer_of(boost::asio::local::stream_protocol::socket& socket);

// Whom the socket serves: root, the daemon's own user, and the members of the group.
struct Access {
  uid_t own_uid = 0;
  std::optional<gid_t> group;  // none: root and the own user alone
  std::string group_name;

  [[nodiscard]] bool admits(const Peer& peer) const;
  // Why `peer` is not admitted and what would help, in words.
  [[nodiscard]] std::string refusal(const Peer& peer) const;
};

}  // namespace sluice::control
