// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/server.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/accept_loop.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/control/connection.h"
#include "daemon/control/handler.h"
#include "daemon/control/listening_socket.h"
#include "daemon/control/peer.h"
#include "daemon/control/protocol/codec.h"
#include "daemon/control/socket_access.h"

namespace sluice::control {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kRootReserve = 8;  // of max_connections

// The message of an answer that is made later. Whoever makes it calls back in any case, also when all ends.
asio::awaitable<std::string> answer_of(Reply& reply) {
  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor)
        : bell(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer bell;
    std::optional<std::string> message;
  };
  auto waiting = std::make_shared<Waiting>(co_await asio::this_coro::executor);
  // Whoever answers may live longer than the loop, which the bell belongs to.
  reply.begin([weak = std::weak_ptr(waiting)](std::string message) {
    const auto asker = weak.lock();
    if (!asker) return;
    asker->message = std::move(message);
    asker->bell.cancel();
  });
  if (!waiting->message) co_await waiting->bell.async_wait(kNoThrow);
  co_return waiting->message.value_or(error_message("sluiced is stopping"));
}

// Said aloud where it cannot be: whoever is in it would be turned away.
std::optional<RoleGroup> role_group(const std::string& name, std::string_view key) {
  const std::optional<gid_t> id = find_group(name);
  if (id) return RoleGroup{*id, name};
  if (!name.empty()) spdlog::warn("control: there is no group '{}' ({})", name, key);
  return std::nullopt;
}

}  // namespace

class Server::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ServerOptions options, Access access, Operations& operations,
        Listening listening)
      : options_(std::move(options)),
        access_(std::move(access)),
        operations_(operations),
        accept_loop_(Protocol::acceptor(io, Protocol(), listening.fd.release()), "control"),
        endpoint_(std::move(listening.endpoint)) {}

  void start() { accept_loop_.start(shared_from_this()); }
  void admit(Protocol::socket socket);

  void publish(const Event& event);
  void publish(const Frame& frame, FrameKind kind);
  void stop();

  [[nodiscard]] bool is_watched(FrameKind kind) const {
    return std::ranges::any_of(connections_,
                               [&](const ConnectionPtr& connection) { return watches(*connection, kind); });
  }

  [[nodiscard]] ControlStatus status() const {
    ControlStatus status = counts_;
    status.connections = connections_.size();
    status.watchers = static_cast<std::uint64_t>(std::ranges::count_if(
        connections_, [](const ConnectionPtr& connection) { return connection->watching; }));
    return status;
  }

 private:
  // Each coroutine holds the state: `self` keeps it while it runs.
  static asio::awaitable<void> serve(std::shared_ptr<State> self, ConnectionPtr connection);
  static asio::awaitable<void> discard_input(ConnectionPtr connection);

  static bool watches(const Connection& connection, FrameKind kind) {
    return connection.watching && !connection.cut() && connection.frames == kind;
  }

  asio::awaitable<std::optional<std::size_t>> read_request(ConnectionPtr connection, std::string& buffer);
  asio::awaitable<bool> send(ConnectionPtr connection, const std::string& message);
  asio::awaitable<void> watch(ConnectionPtr connection, std::string acknowledgement);
  void note_refusal(const Connection& connection) {
    ++counts_.refused_peers;
    if (const auto held_back = refusal_log_.admit(kernel_now())) {
      spdlog::warn("control: {} ({} more since the last such line)", access_.refusal(connection.peer),
                   *held_back);
    }
  }

  ServerOptions options_;
  Access access_;
  Operations& operations_;
  AcceptLoop<Protocol> accept_loop_;
  Endpoint endpoint_;
  std::set<ConnectionPtr> connections_;
  ControlStatus counts_;
  LogThrottle refusal_log_;
  bool stopped_ = false;
};

void Server::State::admit(Protocol::socket socket) {
  error_code error;
  socket.non_blocking(true, error);
  if (error) return;
  auto peer = peer_of(socket.native_handle());
  if (!peer) {  // gone already
    spdlog::debug("control: {}", peer.error().message());
    return;
  }
  auto connection = std::make_shared<Connection>(std::move(socket), std::move(*peer));
  const bool root = connection->peer.uid == 0 || connection->peer.uid == access_.own_uid;
  const std::size_t reserve = root ? 0 : std::min(kRootReserve, options_.max_connections - 1);
  if (connections_.size() >= options_.max_connections - reserve) {
    ++counts_.refused_full;
    say(*connection, fmt::format("{} connections are open, and no more are taken; end a `sluicectl watch`",
                                 connections_.size()));
    return;
  }
  connections_.insert(connection);
  // Its failure ends this connection alone.
  asio::co_spawn(accept_loop_.executor(), serve(shared_from_this(), connection),
                 [self = shared_from_this(), connection](std::exception_ptr failure) {
                   connection->close();
                   self->connections_.erase(connection);
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& exception) {
                     spdlog::error("control: a connection of {} failed: {}", connection->peer.name,
                                   exception.what());
                   }
                 });
}

asio::awaitable<void> Server::State::serve(std::shared_ptr<State> self, ConnectionPtr connection) {
  std::string buffer;
  while (!connection->stopping) {
    const std::optional<std::size_t> size = co_await self->read_request(connection, buffer);
    // What had arrived when stop() came is not carried out any more.
    if (!size || connection->stopping) co_return;
    Reply reply =
        handle(std::string_view(buffer).substr(0, *size), connection->peer, self->access_, self->operations_);
    buffer.erase(0, *size);
    if (reply.then() == Reply::Then::watch) {
      connection->frames = reply.watch().frames;
      co_await self->watch(connection, *reply.next());
      co_return;
    }
    if (reply.is_pending()) {
      const std::string message = co_await answer_of(reply);
      const bool sent = co_await self->send(connection, message);
      if (!sent) co_return;
      continue;
    }
    // Before it is told, which it may not wait for.
    const bool refused = reply.then() == Reply::Then::refused;
    if (refused) self->note_refusal(*connection);
    while (std::optional<std::string> message = reply.next()) {
      const bool sent = co_await self->send(connection, *message);
      if (!sent) co_return;
    }
    if (refused) co_return;
  }
}

// The size of the request at the front of the buffer, with its newline; nothing when the connection is over.
asio::awaitable<std::optional<std::size_t>> Server::State::read_request(ConnectionPtr connection,
                                                                        std::string& buffer) {
  connection->reading = true;
  arm(connection, options_.deadline);
  auto [error, size] = co_await asio::async_read_until(
      connection->socket, asio::dynamic_buffer(buffer, kMaxMessage), '\n', kNoThrow);
  connection->deadline.cancel();
  connection->reading = false;
  if (!error) co_return size;
  if (error == asio::error::not_found) {
    say(*connection, fmt::format("a request has at most {} bytes, with the newline at its end", kMaxMessage));
  } else if (connection->timed_out) {
    ++counts_.cut_slow;
    say(*connection,
        fmt::format("no whole request came within {} ms: it ends in a newline", options_.deadline.count()));
  }
  co_return std::nullopt;
}

// Whether the peer took the message in time.
asio::awaitable<bool> Server::State::send(ConnectionPtr connection, const std::string& message) {
  // A watcher may be slow: its queue says when it is too slow, and sets the time for what is left.
  if (!connection->watching) arm(connection, connection->stopping ? options_.drain : options_.deadline);
  auto [error, size] = co_await asio::async_write(connection->socket, asio::buffer(message), kNoThrow);
  if (connection->watching) co_return !error;
  connection->deadline.cancel();
  if (error && connection->timed_out) ++counts_.cut_slow;
  co_return !error;
}

asio::awaitable<void> Server::State::watch(ConnectionPtr connection, std::string acknowledgement) {
  connection->queue.push_back(std::make_shared<const std::string>(std::move(acknowledgement)));
  connection->watching = true;
  // Its failure ends this connection alone; it fails only where memory does.
  asio::co_spawn(accept_loop_.executor(), discard_input(connection),
                 [connection](std::exception_ptr) { connection->close(); });
  while (connection->socket.is_open()) {
    if (connection->cut()) {
      const std::string last_word = error_message(
          fmt::format("cut: this watcher did not read; {} events were not sent to it", connection->unsent));
      co_await send(connection, last_word);
      break;
    }
    if (connection->queue.empty()) {
      if (connection->stopping) break;
      co_await connection->wake.async_wait(kNoThrow);
      continue;
    }
    const std::shared_ptr<const std::string> message = connection->queue.front();
    connection->queue.pop_front();
    const bool sent = co_await send(connection, *message);
    if (!sent) break;
  }
  if (connection->cut()) {
    ++counts_.cut_watchers;
    counts_.events_unsent += connection->unsent;
    spdlog::warn("control: a watcher of {} did not read and was cut; {} events were not sent to it",
                 connection->peer.name, connection->unsent);
  }
  connection->watching = false;
}

// A watcher has nothing more to say; that it goes shows in its end of input.
asio::awaitable<void> Server::State::discard_input(ConnectionPtr connection) {
  std::array<char, 4096> ignored;
  while (true) {
    auto [error, size] = co_await connection->socket.async_read_some(asio::buffer(ignored), kNoThrow);
    if (error) co_return;
  }
}

void Server::State::publish(const Event& event) {
  std::shared_ptr<const std::string> message;
  for (const ConnectionPtr& connection : connections_) {
    if (!connection->watching || connection->frames == FrameKind::captures) continue;
    if (connection->cut()) {
      ++connection->unsent;
    } else if (connection->queue.size() >= options_.watch_queue) {
      connection->unsent = connection->queue.size() + 1;
      connection->queue.clear();
      arm(connection, options_.deadline);  // for what is on its way, and the last word
    } else {
      if (!message) message = std::make_shared<const std::string>(event_message(event));
      connection->queue.push_back(message);
      connection->wake.cancel();
    }
  }
}

void Server::State::publish(const Frame& frame, FrameKind kind) {
  std::shared_ptr<const std::string> message;
  for (const ConnectionPtr& connection : connections_) {
    if (!watches(*connection, kind)) continue;
    // Half of the queue is kept for events.
    if (connection->queue.size() >= options_.watch_queue / 2) {
      ++counts_.events_unsent;
      continue;
    }
    if (!message) message = std::make_shared<const std::string>(frame_message(frame));
    connection->queue.push_back(message);
    connection->wake.cancel();
  }
}

void Server::State::stop() {
  if (std::exchange(stopped_, true)) return;
  endpoint_.remove();
  accept_loop_.stop();
  for (const ConnectionPtr& connection : connections_) {
    connection->stopping = true;
    if (connection->reading) {
      connection->close();
    } else {
      arm(connection, options_.drain);
      connection->wake.cancel();
    }
  }
}

Result<std::unique_ptr<Server>> Server::create(asio::io_context& io, ServerOptions options,
                                               Operations& operations) {
  Access access;
  access.own_uid = geteuid();
  access.policy_owners = role_group(options.group, "control.group");
  access.operators = role_group(options.operators, "control.operators");
  access.viewers = role_group(options.viewers, "control.viewers");
  auto listening = listen_on(options.path, access);
  if (!listening) return listening.error();
  if (!access.policy_owners && !access.operators && !access.viewers)
    spdlog::warn("control: no group may use {}: only root can", options.path);
  auto state =
      std::make_shared<State>(io, std::move(options), std::move(access), operations, std::move(*listening));
  state->start();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
  stop();
}

void Server::publish(const Frame& frame, FrameKind kind) {
  state_->publish(frame, kind);
}

bool Server::is_watched(FrameKind kind) const {
  return state_->is_watched(kind);
}

void Server::publish(const Event& event) {
  state_->publish(event);
}

void Server::stop() {
  state_->stop();
}

ControlStatus Server::status() const {
  return state_->status();
}

}  // namespace sluice::control
