// SPDX-License-Identifier: Apache-2.0
// The operators' socket: a Unix stream socket that takes one request a line, answers it, and tells watchers
// what happens. Owned by app/. Knows nothing of what is asked: that is handler's and Operations'.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/base/error.h"
#include "daemon/control/operations.h"
#include "daemon/control/protocol.h"

namespace sluice::control {

struct ServerOptions {
  std::string path;
  // Whose members are policy owners, operators, viewers (peer.h); empty, or one that does not exist: nobody.
  std::string group;
  std::string operators = {};
  std::string viewers = {};

  // What peers can make grow, and for how long: a connection holds a request and a message of its answer, so
  // 64 of them at most 128 MiB; an event is kept once for all watchers.
  std::size_t max_connections = 64;            // the last eight are root's: nobody can lock him out
  std::size_t watch_queue = 8192;              // events that a watcher may be behind before it is cut
  std::chrono::milliseconds deadline{10'000};  // for a whole request, and for taking a message
  std::chrono::milliseconds drain{1'000};      // for what is being sent when the server stops
};

class Server {
 public:
  // Listens at once; requests are answered as the loop runs, on its thread. `io` must outlive the server,
  // `operations` must live until stop(). Fails in words where another process answers on the socket, where
  // something that is not a socket is in its place, or where it cannot be made. A socket that nobody answers
  // on is replaced. (Two daemons that start in the same moment could both replace it: the service manager
  // starts one.)
  [[nodiscard]] static Result<std::unique_ptr<Server>> create(boost::asio::io_context& io,
                                                              ServerOptions options, Operations& operations);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // stops

  // Tells every watcher. Never waits: a watcher too far behind is cut, and what it missed is counted.
  void publish(const Event& event);
  // Tells those who watch frames of this kind. One who is behind misses it, is not cut, and it is counted.
  void publish(const Frame& frame, FrameKind kind);
  // Whether anybody does.
  [[nodiscard]] bool is_watched(FrameKind kind) const;

  // Accepts and asks nothing more, removes the socket; what is being sent has options.drain to leave. The
  // loop has nothing left of the server when that is done.
  void stop();

  [[nodiscard]] ControlStatus status() const;

 private:
  class State;
  explicit Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;  // shared with the coroutines
};

}  // namespace sluice::control
