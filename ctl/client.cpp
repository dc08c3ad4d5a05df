// SPDX-License-Identifier: Apache-2.0
#include "ctl/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace sluice::ctl {
namespace {

using Clock = std::chrono::steady_clock;

// What to do about a connect(2) that failed.
Error unreachable(const std::string& path, int errno_value) {
  if (errno_value == EACCES || errno_value == EPERM) {
    struct stat socket {};
    const group* owner = stat(path.c_str(), &socket) == 0 ? getgrgid(socket.st_gid) : nullptr;
    return Error(
        fmt::format("you may not use {}: become root{}", path,
                    owner == nullptr ? "" : fmt::format(", or a member of group '{}'", owner->gr_name)));
  }
  return Error(
      fmt::format("no daemon answers on {} ({}): start it with `systemctl "
                  "start sluiced`, or name its socket with --socket",
                  path, std::strerror(errno_value)));
}

}  // namespace

Result<Client> Client::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error(
        fmt::format("--socket: the path of a socket has 1 to {} bytes", sizeof(address.sun_path) - 1));
  }
  std::ranges::copy(path, address.sun_path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return Error::system("socket", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return unreachable(path, errno);
  }
  return Client(std::move(socket), path);
}

Result<void> Client::send(std::string_view message) {
  while (!message.empty()) {
    const ssize_t sent = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE || errno == ECONNRESET)
        return {};  // the daemon has said why: it is there to be read
      return Error::system(path_, errno);
    }
    message.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

std::optional<std::string> Client::take_line() {
  const std::size_t end = buffer_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

Result<void> Client::receive() {
  if (buffer_.size() > control::kMaxMessage) {
    return Error(fmt::format("{}: a message of more than {} bytes: no sluiced speaks like that", path_,
                             control::kMaxMessage));
  }
  std::array<char, 65536> chunk;
  const ssize_t size = recv(socket_.get(), chunk.data(), chunk.size(), 0);
  if (size < 0 && errno == EINTR) return {};
  if (size < 0 && errno != ECONNRESET) return Error::system(path_, errno);
  if (size <= 0) return Error("the daemon closed the connection");
  buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  return {};
}

Result<std::string> Client::read_line(std::chrono::milliseconds time) {
  const Clock::time_point end = Clock::now() + time;
  while (true) {
    if (auto line = take_line()) return {boost::system::in_place_value, std::move(*line)};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd waiting{socket_.get(), POLLIN, 0};
    const int ready = left.count() > 0 ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno != EINTR) return Error::system("poll", errno);
    if (ready == 0) {
      return Error(fmt::format("the daemon did not answer within {} s; `journalctl -u sluiced` may say why",
                               std::chrono::ceil<std::chrono::seconds>(time).count()));
    }
    if (ready < 0) continue;
    if (auto received = receive(); !received) return received.error();
  }
}

Result<std::optional<std::string>> Client::next_event(const UniqueFd& interrupt) {
  while (true) {
    if (auto line = take_line()) return line;
    std::array<pollfd, 2> waiting = {{{socket_.get(), POLLIN, 0}, {interrupt.get(), POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return Error::system("poll", errno);
    }
    if (waiting[1].revents != 0) return std::optional<std::string>();
    if (auto received = receive(); !received) return received.error();
  }
}

}  // namespace sluice::ctl
