// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/history_recorder.h"

#include <utility>

namespace sluice::app {
namespace {

// A list's decisions are not kept: each start makes them again, and nobody decided about a visitor.
bool is_kept(const decisions::Decision& decision, const config::RetentionOptions& retention) {
  return retention.history > Seconds(0) && decision.actor.kind != decisions::ActorKind::list;
}

}  // namespace

HistoryRecorder::Ending HistoryRecorder::look_at(const decisions::Decision& decision) const {
  using Slot = decisions::Ledger::Slot;
  const Slot slot = decision.action == decisions::Action::allow ? Slot::allow : Slot::denial;
  Ending seen{decision.source, decision.actor, std::nullopt, parts_.ledger.armed(decision)};
  // The kernel has one entry for a source, of the decision that counts.
  const decisions::Decision* first = parts_.ledger.find(decision.source, slot);
  const bool counts = first != nullptr && first->actor == decision.actor;
  if (counts) seen.usage = parts_.usage(decision.source, slot);
  if (slot == Slot::denial)
    seen.in_effect = seen.in_effect && counts && parts_.ledger.allow_over(decision.source) == nullptr;
  return seen;
}

void HistoryRecorder::before_end(const decisions::Decision& decision) {
  next_.reset();
  if (is_kept(decision, parts_.retention)) next_ = look_at(decision);
}

void HistoryRecorder::end(const decisions::Decision& decision, const decisions::End& how) {
  std::optional<Ending> seen = std::exchange(next_, std::nullopt);
  if (!is_kept(decision, parts_.retention)) return;
  // The successor of one that was replaced has its place in the kernel, with what was counted.
  if (how.ending == decisions::Ending::replaced) seen = look_at(decision);
  decisions::PastDecision past{decision, false, parts_.clock(), how, std::nullopt};
  if (seen && seen->source == decision.source && seen->actor == decision.actor) {
    past.usage = seen->usage;
    past.in_effect = seen->in_effect;
  }
  parts_.store.remember(std::move(past));
}

void HistoryRecorder::record(const decisions::Decision& decision, const decisions::End& how, WallTime ended) {
  if (!is_kept(decision, parts_.retention)) return;
  parts_.store.remember({decision, parts_.ledger.in_effect(decision), ended, how, std::nullopt});
}

}  // namespace sluice::app
