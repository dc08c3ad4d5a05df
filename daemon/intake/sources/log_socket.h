// SPDX-License-Identifier: Apache-2.0
// Takes log lines off a datagram socket, as web servers send them to syslog: over a Unix socket or UDP, one
// line a datagram or several with newlines between them. Used by intake.h; knows nothing of formats.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/address.h"
#include "daemon/base/error.h"

namespace sluice::intake {

// Where to listen, as the configuration writes it: "unix:/run/sluice/log.sock", "udp:127.0.0.1:5514",
// "udp:[::1]:5514".
struct ListenPoint {
  std::string unix_path;  // empty: UDP
  Address address;
  std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenPoint> parse_listen(std::string_view text);

struct SocketOptions {
  std::string listen;
  // For UDP: who may send; empty: whoever reaches the address, which is loopback then.
  std::vector<Prefix> from;
};

// Fails where there is no such place, or where strangers reach it and `from` does not guard it.
[[nodiscard]] Result<> check_socket(const SocketOptions& options);

struct SocketCounters {
  std::uint64_t refused = 0;  // from a sender that may not
  std::uint64_t cut = 0;      // longer than a line may be; handed over as far as they fit
  std::uint64_t lost = 0;     // the kernel had no room for them; of UDP alone, a Unix socket's sender is told

  bool operator==(const SocketCounters&) const = default;
};

class LogSocket {
 public:
  // Called for each line, without what syslog puts before it; the view lives until it returns. It must not
  // destroy the socket.
  using LineSink = std::function<void(std::string_view line)>;

  // A Unix socket that nobody listens on any more is replaced. Its mode is 0660: who may write to it can
  // accuse anybody. UDP off loopback without `from` is refused.
  [[nodiscard]] static Result<LogSocket> start(const boost::asio::any_io_executor& executor,
                                               const SocketOptions& options, LineSink sink);

  LogSocket(LogSocket&&) noexcept;
  LogSocket& operator=(LogSocket&&) noexcept;
  ~LogSocket();  // nothing is delivered afterwards; the Unix socket's path is removed

  [[nodiscard]] const SocketCounters& counters() const;
  [[nodiscard]] bool is_open() const { return true; }
  // Whether every user of this host may send: UDP on loopback says nothing of who sends, and the mode of a
  // Unix socket may have been changed. Whoever may send can have any address blocked.
  [[nodiscard]] bool is_open_to_all() const;

 private:
  class Impl;
  explicit LogSocket(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
