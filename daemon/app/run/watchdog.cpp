// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/watchdog.h"

#include "daemon/base/notify.h"

namespace sluice::app {

Watchdog::Watchdog(boost::asio::io_context& io) : timer_(io), interval_(watchdog_interval()) {}

void Watchdog::start() {
  if (interval_) turn();
}

void Watchdog::stop() {
  interval_.reset();
  timer_.cancel();
}

void Watchdog::turn() {
  notify_alive();
  // Twice as often as is asked for, so that a turn that comes late is no fault yet.
  timer_.expires_after(*interval_ / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    // An error is a cancelled wait: the service manager is told no more. A timer that had fired already can
    // no longer be cancelled: its handler comes all the same.
    if (!error && interval_) turn();
  });
}

}  // namespace sluice::app
