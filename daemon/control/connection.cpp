// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/connection.h"

#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "daemon/control/protocol.h"

namespace sluice::control {

Connection::Connection(boost::asio::local::stream_protocol::socket accepted, Session conversation)
    : socket(std::move(accepted)),
      deadline(socket.get_executor()),
      wake(socket.get_executor(), Session::kNever),
      session(std::move(conversation)) {}

void Connection::close() {
  session.disconnect();
  boost::system::error_code ignored;
  socket.close(ignored);
  deadline.cancel();
  wake.cancel();
}

void arm(const ConnectionPtr& connection) {
  const Session::Time end = connection->session.deadline();
  if (connection->deadline.expiry() == end) return;
  connection->deadline.expires_at(end);
  if (end == Session::kNever) return;
  connection->deadline.async_wait([connection](boost::system::error_code error) {
    // A timer that was set again after this one had already fired is not over yet: the session knows.
    if (error || !connection->session.expire(std::chrono::steady_clock::now())) return;
    boost::system::error_code ignored;
    connection->socket.cancel(ignored);
  });
}

void say(Connection& connection, std::string_view error) {
  boost::system::error_code ignored;
  connection.socket.write_some(boost::asio::buffer(error_message(error)), ignored);
}

}  // namespace sluice::control
