// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/memory_guard.h"

#include <exception>
#include <new>

#include <malloc.h>

#include "daemon/base/clock.h"

namespace sluice::app {

void MemoryGuard::look_at_group(KernelTime now) {
  look();
  const auto use = group_.use();
  if (!use || use->bytes < use->limit / 100 * kShortAt) return;
  if (relieved_for_group_ && Nanoseconds(now.ns - relieved_for_group_->ns) < kBetweenReliefs) return;
  relieved_for_group_ = now;
  relieve("the control group is nearly at its limit");
}

void MemoryGuard::relieve(std::string_view why) {
  ++reliefs_;
  try {
    const std::string_view forgotten = pipeline_.shrink_detector();
    // Above all what stood in one piece goes back to the system.
    ::malloc_trim(0);
    reserve_.refill();
    if (const auto held_back = throttle_.admit(kernel_now())) {
      spdlog::warn(
          "memory is short ({}): half of the {} of the detector was forgotten ({} more since the last such line)",
          why, forgotten, *held_back);
    }
  } catch (const std::bad_alloc&) {
    // There is not even memory to say so. The next line tries again.
  }
}

}  // namespace sluice::app
