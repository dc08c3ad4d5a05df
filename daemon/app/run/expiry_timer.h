// SPDX-License-Identifier: Apache-2.0
// Ends decisions on time: sleeps until the ledger's next deadline. Owned by Daemon. The kernel ends them by
// its own clock; this makes the ledger, and with it the store and the log, say so too.
#pragma once

#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/operators/event_publisher.h"
#include "daemon/app/run/end_of_turn.h"
#include "daemon/base/time.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

class ExpiryTimer {
 public:
  // Both must outlive this.
  ExpiryTimer(const boost::asio::any_io_executor& executor, decisions::Ledger& ledger,
              EventPublisher& publisher);
  ExpiryTimer(const ExpiryTimer&) = delete;
  ExpiryTimer& operator=(const ExpiryTimer&) = delete;

  // Follows a change of the ledger at once; what the publisher tells of is followed without being asked, at
  // the end of the turn: while a sink is being called the ledger does not have the next deadline yet.
  void rearm();
  // The wall clock was set: the sleep is computed anew.
  void restart();
  void stop();

 private:
  void on_timer();

  decisions::Ledger& ledger_;
  boost::asio::steady_timer timer_;
  std::optional<WallTime> at_;  // the deadline that the timer waits for
  bool stopped_ = false;
  EndOfTurn soon_;
  EventPublisher::Subscription events_;
};

}  // namespace sluice::app
