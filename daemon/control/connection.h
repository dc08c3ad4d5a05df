// SPDX-License-Identifier: Apache-2.0
// One peer of the operators' socket: its socket, its timers and, where it watches, what is to be sent to it.
// Used by server.cpp alone, whose coroutines run it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/commands/watch.h"
#include "daemon/control/peer.h"

namespace sluice::control {

// One peer. Lives as long as its coroutines.
struct Connection {
  Connection(boost::asio::local::stream_protocol::socket accepted, Peer who);

  boost::asio::local::stream_protocol::socket socket;
  boost::asio::steady_timer deadline;
  boost::asio::steady_timer wake;  // cancelled when the queue of a watcher changes
  Peer peer;
  bool timed_out = false;
  bool stopping = false;
  bool reading = false;  // waits for a request: may be closed without losing an answer

  bool watching = false;
  FrameKind frames = FrameKind::unset;  // as in WatchRequest
  std::deque<std::shared_ptr<const std::string>> queue;
  std::uint64_t unsent = 0;  // events; beyond 0 the watcher is being cut
  [[nodiscard]] bool cut() const { return unsent > 0; }

  void close();
};
using ConnectionPtr = std::shared_ptr<Connection>;

// A read or write that is waiting on the socket fails when the time is over.
void arm(const ConnectionPtr& connection, std::chrono::milliseconds time);

// A last word that must not wait: what does not fit the socket's buffer is not sent.
void say(Connection& connection, std::string_view error);

}  // namespace sluice::control
