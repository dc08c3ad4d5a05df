// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/server.h"

#include <algorithm>
#include <array>
#include <chrono>
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
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/accept_loop.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/control/connection.h"
#include "daemon/control/listening_socket.h"
#include "daemon/control/peer.h"
#include "daemon/control/protocol.h"
#include "daemon/control/session.h"
#include "daemon/control/socket_access.h"

namespace sluice::control {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kRootReserve = 8;   // of max_connections
constexpr std::size_t kReadBytes = 4096;  // at a time; most requests are shorter

Session::Time steady_now() {
  return std::chrono::steady_clock::now();
}

// Has the session's answer made, which may take its time.
void begin_answer(const ConnectionPtr& connection) {
  // Whoever answers may live longer than the loop, which the connection belongs to.
  connection->session.begin([weak = std::weak_ptr(connection)](std::string message) {
    const ConnectionPtr asker = weak.lock();
    if (!asker) return;
    asker->session.answer(std::move(message));
    asker->wake.cancel();
  });
}

asio::awaitable<void> read_input(ConnectionPtr connection) {
  std::array<char, kReadBytes> bytes;
  auto [error, size] = co_await connection->socket.async_read_some(asio::buffer(bytes), kNoThrow);
  if (error) {
    connection->session.disconnect();
  } else {
    connection->session.receive({bytes.data(), size});
  }
}

asio::awaitable<void> send_message(ConnectionPtr connection) {
  auto [error, size] =
      co_await asio::async_write(connection->socket, asio::buffer(connection->session.message()), kNoThrow);
  if (error) connection->session.disconnect();
}

// A watcher has nothing more to say; that it goes shows in its end of input.
asio::awaitable<void> discard_input(ConnectionPtr connection) {
  std::array<char, kReadBytes> ignored;
  while (true) {
    auto [error, size] = co_await connection->socket.async_read_some(asio::buffer(ignored), kNoThrow);
    if (error) co_return;
  }
}

// Its failure ends this connection alone; it fails only where memory does.
void begin_discarding(const ConnectionPtr& connection) {
  asio::co_spawn(connection->socket.get_executor(), discard_input(connection),
                 [connection](std::exception_ptr) { connection->close(); });
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
    return std::ranges::any_of(
        connections_, [&](const ConnectionPtr& connection) { return connection->session.watches(kind); });
  }

  [[nodiscard]] ControlStatus status() const {
    ControlStatus status = counts_;
    status.connections = connections_.size();
    status.watchers = static_cast<std::uint64_t>(std::ranges::count_if(
        connections_, [](const ConnectionPtr& connection) { return connection->session.is_watching(); }));
    return status;
  }

 private:
  // Does what the session of the connection says until it is over. `self` keeps the state while this runs.
  static asio::awaitable<void> serve(std::shared_ptr<State> self, ConnectionPtr connection);
  void note_refusal(const Peer& peer);
  void note_end(Connection& connection);

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
  const bool root = peer->uid == 0 || peer->uid == access_.own_uid;
  auto connection = std::make_shared<Connection>(
      std::move(socket), Session(*std::move(peer), access_, operations_,
                                 {options_.watch_queue, options_.deadline, options_.drain}, steady_now()));
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
                     spdlog::error("control: a connection of {} failed: {}", connection->session.peer().name,
                                   exception.what());
                   }
                 });
}

asio::awaitable<void> Server::State::serve(std::shared_ptr<State> self, ConnectionPtr connection) {
  while (true) {
    const Session::Step step = connection->session.next(steady_now());
    arm(connection);
    switch (step) {
      case Session::Step::read:
        co_await read_input(connection);
        break;
      case Session::Step::send:
        co_await send_message(connection);
        break;
      case Session::Step::wait:
        co_await connection->wake.async_wait(kNoThrow);
        break;
      case Session::Step::begin:
        begin_answer(connection);
        break;
      case Session::Step::refuse:
        self->note_refusal(connection->session.peer());
        break;
      case Session::Step::watch:
        begin_discarding(connection);
        break;
      case Session::Step::close:
        self->note_end(*connection);
        co_return;
    }
  }
}

void Server::State::note_refusal(const Peer& peer) {
  ++counts_.refused_peers;
  if (const auto held_back = refusal_log_.admit(kernel_now()))
    spdlog::warn("control: {} ({} more since the last such line)", access_.refusal(peer), *held_back);
}

void Server::State::note_end(Connection& connection) {
  const Session& session = connection.session;
  if (session.fault() == Session::Fault::slow) ++counts_.cut_slow;
  if (!session.last_word().empty()) say(connection, session.last_word());
  if (session.fault() != Session::Fault::behind) return;
  ++counts_.cut_watchers;
  counts_.events_unsent += session.unsent();
  spdlog::warn("control: a watcher of {} did not read and was cut; {} events were not sent to it",
               session.peer().name, session.unsent());
}

void Server::State::publish(const Event& event) {
  Session::Message message;
  for (const ConnectionPtr& connection : connections_) {
    if (!connection->session.watches_events()) continue;
    if (!message) message = std::make_shared<const std::string>(event_message(event));
    connection->session.offer_event(message, steady_now());
    arm(connection);
    connection->wake.cancel();
  }
}

void Server::State::publish(const Frame& frame, FrameKind kind) {
  Session::Message message;
  for (const ConnectionPtr& connection : connections_) {
    if (!connection->session.watches(kind)) continue;
    if (!message) message = std::make_shared<const std::string>(frame_message(frame));
    if (connection->session.offer_frame(message)) {
      connection->wake.cancel();
    } else {
      ++counts_.events_unsent;
    }
  }
}

void Server::State::stop() {
  if (std::exchange(stopped_, true)) return;
  endpoint_.remove();
  accept_loop_.stop();
  for (const ConnectionPtr& connection : connections_) {
    connection->session.stop(steady_now());
    if (connection->session.is_over()) {
      connection->close();
    } else {
      arm(connection);
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
