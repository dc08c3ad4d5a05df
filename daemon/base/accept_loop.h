// SPDX-License-Identifier: Apache-2.0
// Accepts connections for a server until it is stopped. Where none can be accepted (EMFILE and the like) it
// says so once a minute at most and tries again after a second, so that it never spins. Used by control/ and
// gate/; how many connections there may be is their business.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace sluice {

template <class Protocol>
class AcceptLoop {
 public:
  using Acceptor = boost::asio::basic_socket_acceptor<Protocol>;

  // `acceptor` listens already. `name` is what the log calls the server.
  AcceptLoop(Acceptor acceptor, std::string name)
      : acceptor_(std::move(acceptor)), retry_(acceptor_.get_executor()), name_(std::move(name)) {}
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;
  ~AcceptLoop() = default;

  // Calls owner->admit(socket) for each connection. `owner` holds this loop; the loop holds it until it has
  // ended. The loop fails only where memory does; that ends the process, which is to be started anew.
  template <class Owner>
  void start(std::shared_ptr<Owner> owner) {
    boost::asio::co_spawn(acceptor_.get_executor(), run(*this, std::move(owner)),
                          [](std::exception_ptr failure) {
                            if (failure) std::rethrow_exception(failure);
                          });
  }
  // Nothing is admitted afterwards.
  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
  }
  [[nodiscard]] boost::asio::any_io_executor executor() { return acceptor_.get_executor(); }

 private:
  static constexpr std::chrono::seconds kRetry{1};

  template <class Owner>
  static boost::asio::awaitable<void> run(AcceptLoop& loop, std::shared_ptr<Owner> owner) {
    constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (loop.acceptor_.is_open()) {
      auto [error, socket] = co_await loop.acceptor_.async_accept(kNoThrow);
      if (!loop.acceptor_.is_open()) co_return;
      if (!error) {
        owner->admit(std::move(socket));
        continue;
      }
      if (const auto held_back = loop.throttle_.admit(kernel_now())) {
        spdlog::warn("{}: cannot accept a connection: {} ({} more since the last such line)", loop.name_,
                     error.message(), *held_back);
      }
      loop.retry_.expires_after(kRetry);
      co_await loop.retry_.async_wait(kNoThrow);
    }
  }

  Acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::string name_;
  LogThrottle throttle_;
};

}  // namespace sluice
