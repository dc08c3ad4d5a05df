// SPDX-License-Identifier: Apache-2.0
// What the filter copies of frames: gives it credit for dropped ones while an operator watches, and hands
// those on; and for TLS hellos as long as this lives. Without credit the filter copies nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/server.h"
#include "daemon/kernel/events/event_source.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class FrameFeed {
 public:
  // All must outlive this, which must outlive the loop's last turn after stop().
  FrameFeed(boost::asio::io_context& io, kernel::FilterMaps& maps, control::Server& server);
  FrameFeed(const FrameFeed&) = delete;
  FrameFeed& operator=(const FrameFeed&) = delete;

  // Takes the credit back. Nothing of this is left on the loop when what was queued there has run.
  void stop();

  void take(const kernel::DroppedFrame& frame);

 private:
  void refill();

  kernel::FilterMaps& maps_;
  control::Server& server_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
};

}  // namespace sluice::app
