// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/listening_socket.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control/socket_access.h"

namespace sluice::control {
namespace {

constexpr int kBacklog = 64;

Result<sockaddr_un> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error(
        fmt::format("{}: the path of a socket has 1 to {} bytes", path, sizeof(address.sun_path) - 1));
  }
  std::ranges::copy(path, address.sun_path);
  return address;
}

Result<UniqueFd> make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error::system("socket", errno);
  return fd;
}

// Makes room for our socket: removes one that nobody answers on.
Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat existing {};
  if (lstat(path.c_str(), &existing) != 0) {
    if (errno == ENOENT) return {};
    return Error::system(path, errno);
  }
  if (!S_ISSOCK(existing.st_mode)) {
    return Error(fmt::format(
        "{}: something that is not a socket is there; move it away, or set control.socket", path));
  }
  auto probe = make_socket();
  if (!probe) return probe.error();
  if (::connect(probe->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno == EAGAIN) {
    return Error(
        fmt::format("{}: another process answers on this socket; is sluiced running already?", path));
  }
  if (errno != ECONNREFUSED && errno != ENOENT) return Error::system(fmt::format("{}: connect", path), errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Error::system(fmt::format("{}: removing the stale socket", path), errno);
  }
  return {};
}

}  // namespace

void Endpoint::remove() const {
  struct stat now {};
  if (lstat(path.c_str(), &now) == 0 && now.st_dev == device && now.st_ino == inode) unlink(path.c_str());
}

Result<Listening> listen_on(const std::string& path, const Access& access) {
  auto address = socket_address(path);
  if (!address) return address.error();
  if (auto removed = remove_stale(path, *address); !removed) return removed.error();
  auto fd = make_socket();
  if (!fd) return fd.error();
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    return Error::system(fmt::format("{}: bind (its folder must exist and be writable to this user)", path),
                         errno);
  }
  struct stat bound {};
  if (lstat(path.c_str(), &bound) != 0) return Error::system(path, errno);
  Endpoint endpoint{path, bound.st_dev, bound.st_ino};
  std::vector<gid_t> others;
  for (const auto* group : {&access.operators, &access.viewers}) {
    if (*group) others.push_back((*group)->id);
  }
  const std::optional<gid_t> owners =
      access.policy_owners ? std::optional(access.policy_owners->id) : std::nullopt;
  if (auto given = give_access(path, owners, others); !given) {
    endpoint.remove();
    return given.error().in(path);
  }
  if (::listen(fd->get(), kBacklog) != 0) {
    Error error = Error::system(fmt::format("{}: listen", path), errno);
    endpoint.remove();
    return error;
  }
  return Listening{std::move(*fd), std::move(endpoint)};
}

}  // namespace sluice::control
