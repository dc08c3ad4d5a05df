// SPDX-License-Identifier: Apache-2.0
// Whether the wall clock was set. The kernel keeps deadlines in its own time, which does not step: after a
// step of the wall clock they are written anew. Owned by Daemon; Housekeeping asks it to look.
#pragma once

#include "daemon/app/run/expiry_timer.h"
#include "daemon/base/time.h"
#include "daemon/kernel/verdict_table.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// How far the wall clock is ahead of the kernel's.
[[nodiscard]] Nanoseconds wall_ahead_of_kernel();

class ClockMonitor {
 public:
  // `ahead`: wall_ahead_of_kernel() from before the first deadline was written. The others must outlive this.
  ClockMonitor(Nanoseconds ahead, const decisions::Ledger& ledger, kernel::VerdictTable& verdicts,
               ExpiryTimer& expiry)
      : ahead_(ahead), ledger_(ledger), verdicts_(verdicts), expiry_(expiry) {}

  void look();

 private:
  Nanoseconds ahead_;  // at the last look
  const decisions::Ledger& ledger_;
  kernel::VerdictTable& verdicts_;
  ExpiryTimer& expiry_;
};

}  // namespace sluice::app
