// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/log_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/socket_file.h"
#include "daemon/base/text.h"
#include "daemon/base/unique_fd.h"
#include "daemon/intake/envelopes/syslog.h"
#include "daemon/intake/line_parser.h"

namespace sluice::intake {
namespace {

constexpr int kReceiveBytes = 4 * 1024 * 1024;  // some ten thousand lines, while the loop is busy elsewhere
constexpr int kTurnDatagrams = 1024;            // how long a burst may hold the loop

bool is_loopback(const Address& address) {
  static const std::array<Prefix, 2> kLoopback = {Prefix(Address::from_v4({127, 0, 0, 0}), 8),
                                                  Prefix(*Address::parse("::1"), 128)};
  return std::ranges::any_of(kLoopback, [&](const Prefix& p) { return p.contains(address); });
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path.substr(0, sizeof(address.sun_path) - 1), std::begin(address.sun_path));
  return address;
}

// Takes away a socket whose listener is gone.
Result<> clear_path(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return Error(fmt::format("{} is in the way and no socket; remove it", path));
  const UniqueFd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = unix_address(path);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    return Error(fmt::format("{}: somebody listens there already", path));
  if (errno == ECONNREFUSED && ::unlink(path.c_str()) == 0) return {};
  return Error::system(path, errno);
}

Result<UniqueFd> bind_unix(const std::string& path) {
  if (auto cleared = clear_path(path); !cleared) return cleared.error();
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error::system("socket", errno);
  const sockaddr_un address = unix_address(path);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return Error::system(path, errno);
  if (auto done = set_rights_of_socket(path, 0660); !done) return done.error();
  return fd;
}

Result<UniqueFd> bind_udp(const ListenPoint& point, std::string_view text) {
  const bool v4 = point.address.family() == Family::ipv4;
  UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error::system("socket", errno);
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (v4) {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(point.port);
    std::memcpy(&address->sin_addr, point.address.bytes().data(), 4);
    size = sizeof(*address);
  } else {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(point.port);
    std::memcpy(&address->sin6_addr, point.address.bytes().data(), 16);
    size = sizeof(*address);
  }
  const int on = 1;
  // Without it losses are not counted; nothing else depends on it.
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0)
    return Error::system(text, errno);
  return fd;
}

Address sender_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, bytes.size());
    return Address::from_v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, bytes.size());
  return Address::from_v6(bytes);
}

}  // namespace

Result<ListenPoint> parse_listen(std::string_view text) {
  const auto bad = [&] {
    return Error(
        fmt::format("'{}' is no place to listen; write unix:/run/sluice/log.sock or udp:127.0.0.1:5514",
                    text.substr(0, 120)));
  };
  ListenPoint point;
  if (text.starts_with("unix:")) {
    point.unix_path = text.substr(5);
    if (!point.unix_path.starts_with('/') || point.unix_path.ends_with('/')) return bad();
    if (point.unix_path.size() >= sizeof(sockaddr_un::sun_path))
      return Error(
          fmt::format("the path of a socket has at most {} bytes", sizeof(sockaddr_un::sun_path) - 1));
    return point;
  }
  if (!text.starts_with("udp:")) return bad();
  text.remove_prefix(4);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  const auto address = Address::parse(host);
  if (!address || !port || *port == 0) return bad();
  point.port = *port;
  point.address = *address;
  return point;
}

Result<> check_socket(const SocketOptions& options) {
  const auto point = parse_listen(options.listen);
  if (!point) return point.error();
  if (!point->unix_path.empty() && !options.from.empty())
    return Error("a Unix socket has no `from`: its mode and group say who may send");
  if (point->unix_path.empty() && options.from.empty() && !is_loopback(point->address)) {
    return Error(fmt::format(
        "{} is not on loopback: whoever reaches it could accuse anybody; say in `from` who may send",
        options.listen));
  }
  return {};
}

class LogSocket::Impl : public std::enable_shared_from_this<LogSocket::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, SocketOptions options, std::string unix_path,
       UniqueFd fd, LineSink sink)
      : options_(std::move(options)),
        unix_path_(std::move(unix_path)),
        socket_(executor, fd.release()),
        sink_(std::move(sink)),
        buffer_(kMaxLineBytes) {
    // As much as the system allows.
    static_cast<void>(
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof(kReceiveBytes)));
  }

  void wait() {
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                         auto self = weak.lock();
                         if (self && !error) self->turn();
                       });
  }

  void stop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    stopped_ = true;
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  }

  [[nodiscard]] const SocketCounters& counters() const { return counters_; }

  [[nodiscard]] bool is_open_to_all() const {
    if (!unix_path_.empty()) {
      struct stat status {};
      return ::stat(unix_path_.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0;
    }
    const auto point = parse_listen(options_.listen);
    // Any user can send from any address of loopback.
    return point && (is_loopback(point->address) || std::ranges::any_of(options_.from, [](const Prefix& p) {
                       return is_loopback(p.address());
                     }));
  }

 private:
  void turn() {
    for (int i = 0; i < kTurnDatagrams; ++i) {
      if (stopped_) return;
      if (!receive()) return wait();
    }
    boost::asio::post(socket_.get_executor(), [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->turn();
    });
  }

  // Whether there was a datagram.
  bool receive() {
    sockaddr_storage from{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> control{};
    iovec data{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
    if (size < 0) return errno == EINTR;
    note_lost(message);
    if (!may_send(from)) return true;
    if ((message.msg_flags & MSG_TRUNC) != 0) ++counters_.cut;
    deliver({buffer_.data(), static_cast<std::size_t>(size)});
    return true;
  }

  // A sender may put several lines into a datagram, each with what syslog puts before it or the first one
  // alone.
  void deliver(std::string_view datagram) {
    while (!datagram.empty() && (datagram.back() == '\n' || datagram.back() == '\0'))
      datagram.remove_suffix(1);
    if (datagram.find('\n') == std::string_view::npos) return sink_(strip_syslog(datagram));
    while (!datagram.empty() && !stopped_) {
      const std::string_view line = take_until(datagram, '\n');
      if (line.find_first_not_of(" \r") != std::string_view::npos) sink_(strip_syslog(line));
    }
  }

  void note_lost(msghdr& message) {
    for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t lost = 0;
      std::memcpy(&lost, CMSG_DATA(at), sizeof(lost));
      counters_.lost += lost - last_lost_;  // the kernel's counter goes round
      last_lost_ = lost;
    }
  }

  bool may_send(const sockaddr_storage& from) {
    if (options_.from.empty() || !unix_path_.empty()) return true;
    const Address sender = sender_of(from);
    if (std::ranges::any_of(options_.from, [&](const Prefix& p) { return p.contains(sender); })) return true;
    ++counters_.refused;
    if (const auto held_back = throttle_.admit(kernel_now())) {
      spdlog::warn(
          "{}: {} may not send log lines (log.from does not name it; {} more since the last one shown)",
          options_.listen, sender.to_string(), *held_back);
    }
    return false;
  }

  SocketOptions options_;
  std::string unix_path_;
  boost::asio::posix::stream_descriptor socket_;
  LineSink sink_;
  std::vector<char> buffer_;
  SocketCounters counters_;
  std::uint32_t last_lost_ = 0;
  bool stopped_ = false;
  LogThrottle throttle_;
};

LogSocket::LogSocket(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogSocket::LogSocket(LogSocket&&) noexcept = default;

LogSocket& LogSocket::operator=(LogSocket&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

LogSocket::~LogSocket() {
  if (impl_) impl_->stop();
}

Result<LogSocket> LogSocket::start(const boost::asio::any_io_executor& executor, const SocketOptions& options,
                                   LineSink sink) {
  if (auto checked = check_socket(options); !checked) return checked.error();
  const auto point = parse_listen(options.listen);
  auto fd = point->unix_path.empty() ? bind_udp(*point, options.listen) : bind_unix(point->unix_path);
  if (!fd) return fd.error().in("log");
  auto impl = std::make_shared<Impl>(executor, options, point->unix_path, *std::move(fd), std::move(sink));
  impl->wait();
  return LogSocket(std::move(impl));
}

bool LogSocket::is_open_to_all() const {
  return impl_->is_open_to_all();
}

const SocketCounters& LogSocket::counters() const {
  return impl_->counters();
}

}  // namespace sluice::intake
