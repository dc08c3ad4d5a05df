// SPDX-License-Identifier: Apache-2.0
// One peer of the operators' socket: its socket, its timers and its session. Used by server.cpp alone, whose
// coroutines do what the session says.
#pragma once

#include <memory>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/session.h"

namespace sluice::control {

// One peer. Lives as long as its coroutines.
struct Connection {
  Connection(boost::asio::local::stream_protocol::socket accepted, Session conversation);

  boost::asio::local::stream_protocol::socket socket;
  boost::asio::steady_timer deadline;  // the session's
  boost::asio::steady_timer wake;      // cancelled when a session that waits may have something to do
  Session session;

  // Ends the session too.
  void close();
};
using ConnectionPtr = std::shared_ptr<Connection>;

// Sets the timer to the session's deadline, after whatever may have changed it. A read or write that is
// waiting on the socket fails when the deadline has passed.
void arm(const ConnectionPtr& connection);

// A last word that must not wait: what does not fit the socket's buffer is not sent.
void say(Connection& connection, std::string_view error);

}  // namespace sluice::control
