// SPDX-License-Identifier: Apache-2.0
// The rounds of the daemon, every few seconds and soon after a network interface comes or goes: save, try
// unreadable logs again, look whether addresses, clock, filter and interfaces are as they were. Owned by
// Daemon. Each task logs its own failure and ends nothing; once the filter is outdated the rounds end, for
// the daemon does.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/health/clock_monitor.h"
#include "daemon/app/health/filter_monitor.h"
#include "daemon/app/health/interface_monitor.h"
#include "daemon/app/health/log_gap_monitor.h"
#include "daemon/app/health/memory_guard.h"
#include "daemon/app/health/still_served_monitor.h"
#include "daemon/app/run/log_service.h"
#include "daemon/app/run/protected_networks.h"
#include "daemon/app/run/state_keeper.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/kernel/host/link_watch.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class Housekeeping {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    const kernel::FilterMaps& maps;
    LogService& logs;
    MemoryGuard& memory;
    StateKeeper& state;
    ProtectedNetworks& protection;
    LogGapMonitor& log_gap;
    StillServedMonitor& still_served;
    ClockMonitor& clock;
    FilterMonitor& filter;
    InterfaceMonitor& interfaces;
  };
  // The first round is the first that the loop does. The parts must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<Housekeeping>> create(
      const boost::asio::any_io_executor& executor, Parts parts);

  void stop();

 private:
  Housekeeping(const boost::asio::any_io_executor& executor, Parts parts);

  void await_round(Nanoseconds wait);
  void round();
  // Whether the rounds go on.
  [[nodiscard]] bool do_tasks();
  void look_for_log_gap();
  void on_link_change();

  Parts parts_;
  boost::asio::steady_timer timer_;
  std::optional<kernel::LinkWatch> links_;
  bool stopped_ = false;
};

}  // namespace sluice::app
