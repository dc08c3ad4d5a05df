// SPDX-License-Identifier: Apache-2.0
// Tells the service manager that the loop turns, as often as it asks for (WatchdogSec of the unit). A loop
// that hangs says nothing, and the process is started anew. Nothing happens where nobody asks.
#pragma once

#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/base/time.h"

namespace sluice::app {

class Watchdog {
 public:
  // `io` must outlive this.
  explicit Watchdog(boost::asio::io_context& io);

  // From now on, until stop(): it keeps the loop from ending by itself. Once.
  void start();
  void stop();

 private:
  void turn();

  boost::asio::steady_timer timer_;
  std::optional<Nanoseconds> interval_;  // none: nobody asks
};

}  // namespace sluice::app
