// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/peer.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

namespace sluice::control {
namespace {

constexpr std::size_t kEntryBytes = 16 * 1024;  // of one line of the user database
constexpr int kMaxGroups = 65536;               // NGROUPS_MAX of Linux

// The groups that the user database gives `name`.
std::vector<gid_t> groups_of(const char* name, gid_t primary) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (getgrouplist(name, primary, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(std::clamp(count, 1, kMaxGroups)));
    count = static_cast<int>(groups.size());
    if (getgrouplist(name, primary, groups.data(), &count) < 0)
      count = 0;  // changed meanwhile: fewer rights, not more
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Error::system("asking for the peer's credentials", errno);
  }
  Peer peer{credentials.uid, fmt::format("uid {}", credentials.uid), {credentials.gid}};

  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(credentials.uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    peer.name = found->pw_name;
    const std::vector<gid_t> groups = groups_of(found->pw_name, found->pw_gid);
    peer.groups.insert(peer.groups.end(), groups.begin(), groups.end());
  }
  return peer;
}

Role Access::role_of(const Peer& peer) const {
  const auto has = [&](const std::optional<RoleGroup>& group) {
    return group && std::ranges::find(peer.groups, group->id) != peer.groups.end();
  };
  if (peer.uid == 0 || peer.uid == own_uid || has(policy_owners)) return Role::policy_owner;
  if (has(operators)) return Role::operator_;
  return has(viewers) ? Role::viewer : Role::none;
}

std::string Access::remedy(Role needed) const {
  std::string groups;
  const auto add = [&](Role role, const std::optional<RoleGroup>& group) {
    if (role < needed || !group) return;
    groups += fmt::format("{}'{}'", groups.empty() ? ", or a member of group " : " or ", group->name);
  };
  add(Role::viewer, viewers);
  add(Role::operator_, operators);
  add(Role::policy_owner, policy_owners);
  return "become root" + groups;
}

std::string Access::refusal(const Peer& peer) const {
  return fmt::format("{} may not use this socket: {}", peer.name, remedy(Role::viewer));
}

std::string Access::refusal(const Peer& peer, std::string_view what, Role needed) const {
  return fmt::format("{} is {} {}, and {} needs the role {}: {}", peer.name,
                     role_of(peer) == Role::operator_ ? "an" : "a", to_text(role_of(peer)), what,
                     to_text(needed), remedy(needed));
}

}  // namespace sluice::control
