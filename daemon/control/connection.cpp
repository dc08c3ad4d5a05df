// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/connection.h"

#include <utility>

#include <boost/asio/buffer.hpp>

#include "daemon/control/protocol.h"

namespace sluice::control {

Connection::Connection(boost::asio::local::stream_protocol::socket accepted, Peer who)
    : socket(std::move(accepted)),
      deadline(socket.get_executor()),
      wake(socket.get_executor()),
      peer(std::move(who)) {
  wake.expires_at(boost::asio::steady_timer::time_point::max());
}

void Connection::close() {
  boost::system::error_code ignored;
  socket.close(ignored);
  deadline.cancel();
  wake.cancel();
}

void arm(const ConnectionPtr& connection, std::chrono::milliseconds time) {
  connection->deadline.expires_after(time);
  connection->deadline.async_wait([connection](boost::system::error_code error) {
    // A timer that was set again after this one had already fired is not over yet.
    if (error || connection->deadline.expiry() > boost::asio::steady_timer::clock_type::now()) return;
    connection->timed_out = true;
    boost::system::error_code ignored;
    connection->socket.cancel(ignored);
  });
}

void say(Connection& connection, std::string_view error) {
  boost::system::error_code ignored;
  connection.socket.write_some(boost::asio::buffer(error_message(error)), ignored);
}

}  // namespace sluice::control
