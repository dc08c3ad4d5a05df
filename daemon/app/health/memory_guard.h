// SPDX-License-Identifier: Apache-2.0
// Keeps the daemon alive where memory runs short: sees that an allocation failed or that the control group is
// nearly at its limit, and has the detector forget the older half of its largest table. Owned by Daemon;
// LogService asks before each line, Housekeeping in its rounds. Status and doctor say how often it was
// needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/base/cgroup_memory.h"
#include "daemon/base/log.h"
#include "daemon/base/memory_reserve.h"
#include "daemon/base/time.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {

class MemoryGuard {
 public:
  // Memory is short from this share of the control group's limit on, in percent.
  static constexpr std::uint64_t kShortAt = 90;
  // What is forgotten is used again, and not given back at once: the next look at the group is worth
  // something after it.
  static constexpr Seconds kBetweenReliefs{60};

  // The pipeline must outlive this.
  explicit MemoryGuard(decisions::Pipeline& pipeline, CgroupMemory group = CgroupMemory())
      : pipeline_(pipeline), group_(std::move(group)) {}

  // Costs nothing where memory is not short. The pipeline must not be at work.
  void look() {
    if (reserve_.was_needed()) relieve("an allocation failed");
  }
  void look_at_group(KernelTime now);
  // How many times it was needed.
  [[nodiscard]] std::uint64_t reliefs() const { return reliefs_; }

 private:
  void relieve(std::string_view why);

  decisions::Pipeline& pipeline_;
  CgroupMemory group_;
  MemoryReserve reserve_;
  std::uint64_t reliefs_ = 0;
  LogThrottle throttle_;
  std::optional<KernelTime> relieved_for_group_;
};

}  // namespace sluice::app
