// SPDX-License-Identifier: Apache-2.0
// Whether the wall clock was set. The kernel keeps deadlines in its own time, which does not step. After a
// step of the wall clock the decisions of the ledger get new times, so that each lasts as long as before.
// Owned by Daemon; Housekeeping asks it to look.
#pragma once

#include "daemon/app/run/expiry_timer.h"
#include "daemon/base/clock.h"
#include "daemon/base/time.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// How far the wall clock is ahead of the kernel's.
[[nodiscard]] Nanoseconds wall_ahead_of_kernel();

class ClockMonitor {
 public:
  // `ahead`: wall_ahead_of_kernel() from before the first deadline was written. The others must outlive this.
  ClockMonitor(Nanoseconds ahead, decisions::Ledger& ledger, ExpiryTimer& expiry)
      : ahead_(ahead), last_look_(wall_now()), ledger_(ledger), expiry_(expiry) {}

  void look();

 private:
  Nanoseconds ahead_;   // at the last look
  WallTime last_look_;  // what the clock said then
  decisions::Ledger& ledger_;
  ExpiryTimer& expiry_;
};

}  // namespace sluice::app
