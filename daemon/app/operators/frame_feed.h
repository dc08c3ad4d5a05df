// SPDX-License-Identifier: Apache-2.0
// Copies of frames. Gives the filter credit to copy dropped frames while an operator watches, and hands the
// copies to the watchers; gives it credit for TLS hellos as long as this lives. Without credit the filter
// copies nothing. Owned by Daemon.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/run/kernel_event_service.h"
#include "daemon/control/server.h"
#include "daemon/kernel/events/event_source.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class FrameFeed {
 public:
  // All must outlive this, which must outlive the loop's last turn after stop().
  FrameFeed(const boost::asio::any_io_executor& executor, kernel::FilterMaps& maps,
            KernelEventService& events, control::Server& server);
  FrameFeed(const FrameFeed&) = delete;
  FrameFeed& operator=(const FrameFeed&) = delete;

  // Takes the credit back. Nothing of this is left on the loop when what was queued there has run.
  void stop();

 private:
  void take(const kernel::DroppedFrame& frame);
  void refill();

  kernel::FilterMaps& maps_;
  control::Server& server_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  KernelEventService::Frames::Subscription frames_;
};

}  // namespace sluice::app
