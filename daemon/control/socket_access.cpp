// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/socket_access.h"

#include <cerrno>
#include <memory>
#include <type_traits>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/acl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/socket_file.h"

namespace sluice::control {

std::optional<gid_t> find_group(const std::string& name) {
  if (name.empty()) return std::nullopt;
  std::vector<char> buffer(64 * 1024);  // a group of a few thousand members
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return found->gr_gid;
}

Result<void> give_access(const std::string& path, std::optional<gid_t> group,
                         const std::vector<gid_t>& others) {
  // All by the socket itself: others may be able to write to its folder.
  const auto socket = open_bound_socket(path);
  if (!socket) return socket.error();
  const std::string itself = path_of(*socket);
  if (group && fchownat(socket->get(), "", static_cast<uid_t>(-1), *group, AT_EMPTY_PATH) != 0) {
    return Error::system("giving the socket to the group of control.group (sluiced's user must be a member)",
                         errno);
  }
  if (chmod(itself.c_str(), group ? 0660 : 0600) != 0) return Error::system("chmod", errno);
  if (others.empty()) return {};

  std::string text = fmt::format("u::rw,g::{},o::-,m::rw", group ? "rw" : "-");
  for (const gid_t other : others)
    text += fmt::format(",g:{}:rw", other);
  struct Free {
    void operator()(void* list) const { acl_free(list); }
  };
  const std::unique_ptr<std::remove_pointer_t<acl_t>, Free> list(acl_from_text(text.c_str()));
  if (!list || acl_set_file(itself.c_str(), ACL_TYPE_ACCESS, list.get()) != 0) {
    return Error::system(
        "letting the groups of control.operators and control.viewers connect (the file system "
        "must have access control lists)",
        errno);
  }
  return {};
}

}  // namespace sluice::control
