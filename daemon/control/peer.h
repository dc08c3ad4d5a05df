// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection, as the kernel says it, and which role that peer has. Trusts
// nothing that the client says of itself (SUDO_USER least of all). Used by handler and server.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/control/protocol/role.h"

namespace sluice::control {

struct Peer {
  uid_t uid = 0;
  std::string name;           // of the user, or "uid 1234" where it has none
  std::vector<gid_t> groups;  // of the process at the time of connect(2), and of the user
};

// Who is connected to `socket`, a Unix socket. Asks the kernel (SO_PEERCRED) and the user database, which may
// read files: a call for each connection.
[[nodiscard]] Result<Peer> peer_of(int socket);

struct RoleGroup {
  gid_t id = 0;
  std::string name;
};

// Whom the socket serves, and with what: root and the daemon's own user are policy owners, others what the
// best of their groups gives.
struct Access {
  uid_t own_uid = 0;
  std::optional<RoleGroup> policy_owners;  // none: root and the own user alone
  std::optional<RoleGroup> operators;
  std::optional<RoleGroup> viewers;

  [[nodiscard]] Role role_of(const Peer& peer) const;
  [[nodiscard]] bool admits(const Peer& peer) const { return role_of(peer) != Role::none; }
  // Why `peer` is not admitted and what would help, in words.
  [[nodiscard]] std::string refusal(const Peer& peer) const;
  // Why `peer`, who is admitted, may not do `what`, which needs `needed`, and what would help, in words.
  [[nodiscard]] std::string refusal(const Peer& peer, std::string_view what, Role needed) const;

 private:
  // "become root, or a member of group 'a' or 'b'": the groups that give this role or more.
  [[nodiscard]] std::string remedy(Role needed) const;
};

}  // namespace sluice::control
