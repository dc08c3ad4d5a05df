// SPDX-License-Identifier: Apache-2.0
// Records the decisions that end, as a sink of the ledger: with their proof, who ended them and why, and what
// the kernel counted. Hands them to the store. Owned by Daemon; decides nothing.
#pragma once

#include <functional>
#include <optional>

#include "daemon/base/time.h"
#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/past_decision.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

class HistoryRecorder final : public decisions::DecisionSink {
 public:
  using Usage = decisions::PastDecision::Usage;
  struct Parts {
    const config::RetentionOptions& retention;  // the one in force, also after a reload
    const decisions::Ledger& ledger;
    store::StateStore& store;
    // What the kernel counted for the source, where that is known.
    std::function<std::optional<Usage>(const Prefix& source, decisions::Ledger::Slot slot)> usage;
    std::function<WallTime()> clock;
  };
  // The parts must outlive this.
  explicit HistoryRecorder(Parts parts) : parts_(std::move(parts)) {}

  void begin(const decisions::Decision&, bool) override {}
  void before_end(const decisions::Decision& decision) override;
  void end(const decisions::Decision& decision, const decisions::End& how) override;

  // One that ended without the ledger: while no daemon ran, or because it could not come back.
  void record(const decisions::Decision& decision, const decisions::End& how, WallTime ended);

 private:
  // What was seen of the decision that ends next.
  struct Ending {
    Prefix source;
    decisions::Actor actor;
    std::optional<Usage> usage;
    bool in_effect = false;
  };

  [[nodiscard]] Ending look_at(const decisions::Decision& decision) const;

  Parts parts_;
  std::optional<Ending> next_;
};

}  // namespace sluice::app
