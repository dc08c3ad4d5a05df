// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/expiry_timer.h"

#include <algorithm>
#include <chrono>

#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

// The deadline is the wall clock's, which may be set: the timer never sleeps through more of it.
constexpr auto kLongestWait = std::chrono::minutes(1);

}  // namespace

ExpiryTimer::ExpiryTimer(const boost::asio::any_io_executor& executor, decisions::Ledger& ledger,
                         EventPublisher& publisher)
    : ledger_(ledger),
      timer_(executor),
      soon_(executor, [this] { rearm(); }),
      events_(publisher.subscribe([this](const control::Event&) { soon_.ask(); })) {
  rearm();
}

void ExpiryTimer::rearm() {
  const auto next = ledger_.next_deadline();
  if (stopped_ || next == at_) return;
  at_ = next;
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::clamp<Nanoseconds>(*next - wall_now(), Nanoseconds(0), kLongestWait));
  timer_.async_wait([this](const boost::system::error_code& error) {
    // An error is a cancelled wait, and ends nothing. A timer that had fired already can no longer be
    // cancelled: its handler comes all the same.
    if (!error && !stopped_) on_timer();
  });
}

void ExpiryTimer::on_timer() {
  (void)ledger_.expire(wall_now());
  restart();
}

void ExpiryTimer::restart() {
  at_.reset();
  rearm();
}

void ExpiryTimer::stop() {
  stopped_ = true;
  events_.end();
  soon_.stop();
  timer_.cancel();
}

}  // namespace sluice::app
