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
  if (is_protected && (!admitted || admitted->outcome == decisions::Admission::Outcome::kept)) {
    spdlog::warn("the {} of {} by {} is ended: {}", to_string(decision.action), decision.source.to_string(),
                 to_string(decision.actor), admitted ? admitted->note : admitted.error().message());
    store.sink().withdraw(decision, decisions::Ending::withdrawn);
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
