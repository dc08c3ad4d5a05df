// SPDX-License-Identifier: Apache-2.0
// Mirrors the ledger's decisions into the kernel's tables of allows and decisions. While the daemon runs it
// is the only writer of those tables, of `lengths`, `near` and `areas`. Decides nothing and keeps no
// decision: beside the tables it knows how many entries of each prefix length they hold. Used by app/.
//
// An entry that is replaced keeps what the kernel counted in it, because it is read and written again.
// Packets that the kernel counts in between (a few microseconds) are missing in the count, and a throttle may
// let as many more pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/decisions/ledger.h"
#include "daemon/kernel/maps/clocks.h"
#include "daemon/kernel/maps/decision_map.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::kernel {

class VerdictTable final : public decisions::VerdictSink {
 public:
  // Counts what the tables hold already. The maps must outlive the table.
  [[nodiscard]] static Result<std::unique_ptr<VerdictTable>> create(FilterMaps& maps, Clocks clocks);

  // Writes the decision, with its deadline in the kernel's time. If it is not armed, has no verdict in the
  // kernel (challenge), or is past its end, takes it out. Putting the same decision again is cheap and
  // changes nothing. Fails in words if the table is full.
  [[nodiscard]] Result<void> put(const decisions::Decision& decision, bool armed) override;

  // A failure is logged. The entry then ends at its own deadline.
  void remove(const decisions::Decision& decision) override;

  // For a daemon that starts on maps which hold entries already: removes those that none of the decisions
  // made, and returns how many. Entries that are missing come with put().
  [[nodiscard]] Result<std::size_t> reconcile(std::span<const decisions::Decision* const> decisions);

  // What the tables hold, as decisions: source, action, end and rate. Who decided and why is not known there.
  // `since` is now.
  [[nodiscard]] Result<std::vector<decisions::Decision>> entries() const;

  // What the kernel counted in the entry of exactly this source; nothing if there is none.
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

  VerdictTable(Clocks clocks, std::unique_ptr<ProximityFilter> proximity, DecisionMap<sluice_key_v4> allow_v4,
               DecisionMap<sluice_key_v6> allow_v6, DecisionMap<sluice_key_v4> decisions_v4,
               DecisionMap<sluice_key_v6> decisions_v6);

  // Calls `visit` with the table of the slot and the family.
  template <class Self, class F>
  static auto with_table(Self& self, Slot slot, Family family, F&& visit);

  Clocks clocks_;
  std::unique_ptr<ProximityFilter> proximity_;  // the tables refer to it
  DecisionMap<sluice_key_v4> allow_v4_;
  DecisionMap<sluice_key_v6> allow_v6_;
  DecisionMap<sluice_key_v4> decisions_v4_;
  DecisionMap<sluice_key_v6> decisions_v6_;
  LogThrottle failures_;  // those of remove()
};

}  // namespace sluice::kernel
