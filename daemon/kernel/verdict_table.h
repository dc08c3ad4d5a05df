// SPDX-License-Identifier: Apache-2.0
// Mirrors the ledger's decisions into the kernel's allow and decision tables. The one writer of those tables,
// of `lengths` and of `near`. Decides nothing, keeps no decision: what it knows beside the tables is how many
// entries of each prefix length they hold.
//
// An entry that is replaced keeps what the kernel counted in it, by reading and writing it again: packets
// that the kernel counts between the two (a few microseconds) are lost to the count, and a throttle may let
// as many more by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/kernel/decision_map.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/decisions/ledger.h"

namespace sluice::kernel {

// The process's clocks (daemon/base/clock.h), or a test's.
struct Clocks {
  std::function<WallTime()> wall;
  std::function<KernelTime()> kernel;
};

class VerdictTable final : public decisions::DecisionSink {
 public:
  // Counts what the tables hold already. The maps must outlive the table.
  [[nodiscard]] static Result<std::unique_ptr<VerdictTable>> create(FilterMaps& maps, Clocks clocks);

  // Writes the decision, with its deadline in the kernel's time as of now; or takes it out where it is not
  // armed, asks for nothing in the kernel (challenge), or is past its end. Applying the same again is cheap
  // and changes nothing. Fails in words where the table is full.
  [[nodiscard]] Result<void> apply(const decisions::Decision& decision, bool armed) override;

  // A failure is logged: the entry then ends by its own deadline.
  void withdraw(const decisions::Decision& decision, decisions::Ending ending) override;

  // At the start of a daemon that takes pinned maps over: removes entries that none of the decisions stands
  // for, and returns how many. Those that are missing come with apply().
  [[nodiscard]] Result<std::size_t> reconcile(std::span<const decisions::Decision* const> decisions);

  // What the kernel counted for the entry of exactly this source; nothing where there is no entry.
  struct Usage {
    std::uint64_t packets = 0;  // allow: passed; block: dropped; throttle: dropped for being over the rate
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Result<std::optional<Usage>> usage(const Prefix& source, decisions::Ledger::Slot slot) const;

  struct Fill {
    std::size_t entries = 0;
    std::size_t capacity = 0;
  };
  [[nodiscard]] Fill fill(decisions::Ledger::Slot slot, Family family) const;

 private:
  using Slot = decisions::Ledger::Slot;

  VerdictTable(Clocks clocks, std::unique_ptr<NearBits> near, DecisionMap<sluice_key_v4> allow_v4,
               DecisionMap<sluice_key_v6> allow_v6, DecisionMap<sluice_key_v4> decisions_v4,
               DecisionMap<sluice_key_v6> decisions_v6);

  // Calls `visit` with the table of the slot and the family.
  template <class Self, class F>
  static auto with_table(Self& self, Slot slot, Family family, F&& visit);

  Clocks clocks_;
  std::unique_ptr<NearBits> near_;  // the tables hold on to it
  DecisionMap<sluice_key_v4> allow_v4_;
  DecisionMap<sluice_key_v6> allow_v6_;
  DecisionMap<sluice_key_v4> decisions_v4_;
  DecisionMap<sluice_key_v6> decisions_v6_;
  LogThrottle failures_;  // of withdraw()
};

}  // namespace sluice::kernel
