// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/stored_state.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "daemon/base/audit_record.h"
#include "daemon/base/clock.h"
#include "daemon/store/rescue_notes.h"

namespace sluice::app {
namespace {

// False: there was no room for it.
bool take_in(const decisions::Decision& decision, WallTime now, decisions::Ledger& ledger,
             store::StateStore& store, HistoryRecorder& history) {
  const auto admitted = ledger.restore(decision, now);
  const bool is_protected = ledger.protected_by(decision.source) != nullptr;
  // A denial that the protection now forbids has ended. It must not come back when the protection is lifted.
  if (is_protected && !admitted) {
    spdlog::warn("the {} of {} by {} is ended: {}", to_string(decision.action), decision.source.to_string(),
                 to_string(decision.actor), admitted.error().message());
    store.sink().end(decision, decisions::Ending::withdrawn);
    history.record(decision, {decisions::Ending::withdrawn, std::nullopt, admitted.error().message()}, now);
    return true;
  }
  return static_cast<bool>(admitted);
}

// Whether it is in force as it is.
bool has(const decisions::Ledger& ledger, const decisions::Decision& decision) {
  return std::ranges::any_of(ledger.covering(decision.source), [&](const decisions::Decision* other) {
    return other->source == decision.source && other->action == decision.action &&
           other->since == decision.since && other->until == decision.until && other->actor == decision.actor;
  });
}

decisions::End rescued_by(const store::RescueNote& note) {
  const bool is_allow = note.kind == store::RescueNote::Kind::allow;
  return {decisions::Ending::withdrawn, decisions::Actor{decisions::ActorKind::operator_, note.name},
          is_allow ? "sluiced rescue allow" : "sluiced rescue unblock"};
}

// `rescued`: what `sluiced rescue` did in between.
void take_in_all(const std::vector<decisions::Decision>& decisions, const store::RescueNotes& rescued,
                 WallTime now, decisions::Ledger& ledger, store::StateStore& store,
                 HistoryRecorder& history) {
  std::size_t left_out = 0;
  for (const decisions::Decision& decision : decisions) {
    const auto note =
        std::ranges::find_if(rescued.notes, [&](const auto& each) { return each.ends(decision); });
    if (note != rescued.notes.end()) {
      store.sink().end(decision, decisions::Ending::withdrawn);
      history.record(decision, rescued_by(*note), note->time);
      continue;
    }
    if (!has(ledger, decision) && !take_in(decision, now, ledger, store, history)) ++left_out;
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

store::RescueNotes rescue_notes(const store::StateStore& store) {
  auto read = store::read_rescue_notes(store.path());
  if (!read) {
    spdlog::error("what `sluiced rescue` did is not taken over: {}", read.error().message());
    return {};
  }
  if (read->unreadable > 0)
    spdlog::error("{} lines of {} cannot be read", read->unreadable, store::rescue_file(store.path()));
  return *std::move(read);
}

AuditRecord record_of(const store::RescueNote& note) {
  const bool is_allow = note.kind == store::RescueNote::Kind::allow;
  AuditRecord record;
  record.time = note.time;
  record.uid = note.uid;
  record.name = note.name;
  record.role = "policy owner";
  record.command = is_allow ? "rescue allow" : "rescue unblock";
  record.what = note.source.to_string();
  record.reason = is_allow ? note.reason : std::string();
  record.outcome = "done while sluiced did not run";
  return record;
}

// Puts the allows in force, and tells the audit log. The file goes when that is on the disk.
void take_over(const store::RescueNotes& rescued, WallTime now, decisions::Ledger& ledger,
               store::StateStore& store) {
  for (const store::RescueNote& note : rescued.notes) {
    if (store.knows_former_state()) store.note_audit(record_of(note));
    if (note.kind != store::RescueNote::Kind::allow) continue;
    decisions::Decision allow;
    allow.source = note.source;
    allow.action = decisions::Action::allow;
    allow.since = note.time;
    allow.until = note.until;
    allow.reason = note.reason;
    allow.actor = {decisions::ActorKind::operator_, note.name};
    if (has(ledger, allow) || allow.until <= now) continue;
    if (const auto admitted = ledger.admit(allow, now); !admitted)
      spdlog::error("the allow of `sluiced rescue` is not in force: {}", admitted.error().message());
  }
  if (rescued.notes.empty() || !store.knows_former_state() || !store.flush(kernel_now())) return;
  spdlog::warn("{} notes of `sluiced rescue` were taken over", rescued.notes.size());
  if (auto removed = store::remove_rescue_notes(store.path()); !removed)
    spdlog::error("{}", removed.error().message());
}

void take_in_history(const store::StateStore::Restored& restored, decisions::Pipeline& pipeline) {
  for (const detection::BlockHistory& history : restored.block_histories)
    pipeline.remember(history);
  for (const detection::ReachHistory::Record& record : restored.reach)
    pipeline.reach_history().restore(record);
}

// What was left, or nothing where that cannot be read.
store::StateStore::Restored load(store::StateStore& store, const config::Config& config,
                                 const decisions::Pipeline& pipeline, WallTime now) {
  auto restored = store.load(now, oldest_kept(config, now), pipeline.detector().routes_fingerprint());
  if (!restored) {
    spdlog::error("what was decided before is not known: {}", restored.error().message());
    return {};
  }
  if (restored->unreadable > 0) spdlog::error("{} stored decisions could not be read", restored->unreadable);
  return *std::move(restored);
}

// Packets are to pass where no decision stands for their being dropped.
Result<void> clear_kernel(const decisions::Ledger& ledger, kernel::VerdictTable& verdicts) {
  auto removed = verdicts.reconcile(ledger.all());
  if (!removed) return removed.error();
  if (*removed > 0) spdlog::warn("{} decisions in the kernel that nobody stands for were removed", *removed);
  return {};
}

void tell_all(store::StateStore& store, const decisions::Ledger& ledger, decisions::Pipeline& pipeline) {
  store.begin_anew();
  for (const decisions::Decision* decision : ledger.all())
    store.sink().begin(*decision, ledger.armed(*decision));
  for (const detection::BlockHistory& history : pipeline.policy().histories())
    store.remember(history);
  for (const detection::AccountAge& age : pipeline.detector().accounts().accounts().ages())
    store.remember(age);
  pipeline.reach_history().tell_all_again();
}

}  // namespace

std::unique_ptr<store::StateStore> open_state(const config::Config& config) {
  auto store = store::StateStore::open_if_possible(config.store.path, wall_now());
  if (store->set_aside())
    spdlog::error("the stored state was unreadable, a new one is begun: {}", *store->set_aside());
  if (!store->is_open())
    spdlog::error("there is no store, and what is decided would not survive a restart: {}",
                  store->state().failing);
  return store;
}

store::StateStore::Oldest oldest_kept(const config::Config& config, WallTime now) {
  return {now - config.policy.memory, now - config.retention.accounts, now - config.retention.reach,
          now - config.retention.audit, now - config.retention.history};
}

Result<std::map<std::string, std::string>> restore_state(
    store::StateStore& store, const config::Config& config, decisions::Ledger& ledger,
    decisions::Pipeline& pipeline, HistoryRecorder& history, decisions::DecisionSink& publisher,
    kernel::VerdictTable& verdicts) {
  const WallTime now = wall_now();
  const store::RescueNotes rescued = rescue_notes(store);
  store::StateStore::Restored restored = load(store, config, pipeline, now);
  take_in_all(restored.decisions, rescued, now, ledger, store, history);
  // From here on the store mirrors the ledger: what it has just given is not written back.
  ledger.add_sink(store.sink());
  ledger.add_sink(history);
  if (store.set_aside()) {
    if (auto done = recover(ledger, verdicts, now); !done) return done.error();
  }
  take_in_history(restored, pipeline);
  pipeline.recall(restored.accounts.ages, restored.accounts.begun);
  ledger.add_sink(publisher);
  take_over(rescued, now, ledger, store);
  // Last, so that packets never pass for want of a decision that is about to come back.
  if (store.knows_former_state()) {
    if (auto cleared = clear_kernel(ledger, verdicts); !cleared) return cleared.error();
  }
  return std::move(restored.positions);
}

Result<void> use_store_again(store::StateStore& store, const config::Config& config,
                             decisions::Ledger& ledger, decisions::Pipeline& pipeline,
                             HistoryRecorder& history, kernel::VerdictTable& verdicts) {
  if (store.knows_former_state()) {
    tell_all(store, ledger, pipeline);
    return {};
  }
  // First what was noted: who was let go meanwhile does not come back.
  if (!store.flush(kernel_now())) return Error(store.state().failing);
  const WallTime now = wall_now();
  const store::RescueNotes rescued = rescue_notes(store);
  const store::StateStore::Restored restored = load(store, config, pipeline, now);
  take_in_all(restored.decisions, rescued, now, ledger, store, history);
  take_in_history(restored, pipeline);
  take_over(rescued, now, ledger, store);
  if (!store.knows_former_state()) return Error(store.state().failing);
  return clear_kernel(ledger, verdicts);
}

}  // namespace sluice::app
