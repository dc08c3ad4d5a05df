// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/stored_state.h"

#include <cstddef>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

// False: there was no room for it.
bool take_in(const decisions::Decision& decision, WallTime now, decisions::Ledger& ledger,
             store::StateStore& store) {
  const auto admitted = ledger.restore(decision, now);
  const bool is_protected = ledger.protected_by(decision.source) != nullptr;
  // A denial that the protection now forbids has ended. It must not come back when the protection is lifted.
  if (is_protected && !admitted) {
    spdlog::warn("the {} of {} by {} is ended: {}", to_string(decision.action), decision.source.to_string(),
                 to_string(decision.actor), admitted.error().message());
    store.sink().end(decision, decisions::Ending::withdrawn);
    return true;
  }
  return static_cast<bool>(admitted);
}

void take_in_all(const std::vector<decisions::Decision>& decisions, WallTime now, decisions::Ledger& ledger,
                 store::StateStore& store) {
  std::size_t left_out = 0;
  for (const decisions::Decision& decision : decisions) {
    if (!take_in(decision, now, ledger, store)) ++left_out;
  }
  if (left_out > 0)
    spdlog::error("{} stored decisions are not in force: there is no room for them", left_out);
}

// What the store lost is in the kernel still, but for who decided it and why.
Result<void> recover(decisions::Ledger& ledger, const kernel::VerdictTable& verdicts, WallTime now) {
  auto found = verdicts.entries();
  if (!found) return found.error();
  using Slot = decisions::Ledger::Slot;
  std::size_t recovered = 0;
  for (decisions::Decision& decision : *found) {
    const Slot slot = decision.action == decisions::Action::allow ? Slot::allow : Slot::denial;
    if (ledger.find(decision.source, slot) != nullptr) continue;  // this host's own and other protected ones
    decision.actor = {decisions::ActorKind::operator_, "unknown"};
    decision.reason =
        "taken from the kernel after the stored state was lost: who decided it, and why, is not known";
    if (ledger.restore(std::move(decision), now)) ++recovered;
  }
  spdlog::warn("the stored state was lost: {} decisions were taken from the kernel, which still had them",
               recovered);
  return {};
}

}  // namespace

Result<std::unique_ptr<store::StateStore>> open_state(const config::Config& config) {
  auto opened = store::StateStore::open(config.store.path, wall_now());
  if (!opened) return opened.error();
  if ((*opened)->set_aside())
    spdlog::error("the stored state was unreadable, a new one is begun: {}", *(*opened)->set_aside());
  return opened;
}

store::StateStore::Oldest oldest_kept(const config::Config& config, WallTime now) {
  return {now - config.policy.memory, now - config.retention.accounts, now - config.retention.reach,
          now - config.retention.audit};
}

Result<std::map<std::string, std::string>> restore_state(
    store::StateStore& store, const config::Config& config, decisions::Ledger& ledger,
    decisions::Pipeline& pipeline, decisions::DecisionSink& publisher, kernel::VerdictTable& verdicts) {
  const WallTime now = wall_now();
  auto restored = store.load(now, oldest_kept(config, now), pipeline.detector().routes_fingerprint());
  if (!restored) return restored.error();
  if (restored->unreadable > 0) spdlog::error("{} stored decisions could not be read", restored->unreadable);

  take_in_all(restored->decisions, now, ledger, store);
  // From here on the store mirrors the ledger: what it has just given is not written back.
  ledger.add_sink(store.sink());
  if (store.set_aside()) {
    if (auto done = recover(ledger, verdicts, now); !done) return done.error();
  }
  for (const detection::BlockHistory& history : restored->block_histories)
    pipeline.remember(history);
  for (const detection::ReachHistory::Record& record : restored->reach)
    pipeline.reach_history().restore(record);
  pipeline.recall(restored->accounts.ages, restored->accounts.begun);
  ledger.add_sink(publisher);
  // Last, so that packets never pass for want of a decision that is about to come back.
  auto removed = verdicts.reconcile(ledger.all());
  if (!removed) return removed.error();
  if (*removed > 0) spdlog::warn("{} decisions in the kernel that nobody stands for were removed", *removed);
  return std::move(restored->positions);
}

}  // namespace sluice::app
