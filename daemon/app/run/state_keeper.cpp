// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/state_keeper.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/app/run/stored_state.h"
#include "daemon/base/clock.h"
#include "daemon/config/changes.h"

namespace sluice::app {
namespace {

constexpr auto kForgetEvery = std::chrono::hours(1);
// A process that is killed loses so much of what its sources read over weeks.
constexpr auto kKeepReachEvery = std::chrono::minutes(5);

// A database whose disk is full takes a moment to be tried, with the loop waiting.
constexpr auto kReopenEvery = std::chrono::seconds(15);

// What the daemon itself does, for the audit log.
AuditRecord own_record(std::string_view command, std::string what, std::string outcome) {
  AuditRecord record;
  record.time = wall_now();
  record.name = "sluiced";
  record.command = command;
  record.what = std::move(what);
  record.outcome = std::move(outcome);
  return record;
}

}  // namespace

StateKeeper::StateKeeper(const boost::asio::any_io_executor& executor, Parts parts)
    : parts_(parts),
      tried_(wall_now()),
      soon_(executor, [this] { save(); }),
      events_(parts.publisher.subscribe([this](const control::Event&) { soon_.ask(); })) {
  note(own_record("start", "sluiced " SLUICE_VERSION, parts_.store.set_aside().value_or("running")));
  note_configuration();
}

void StateKeeper::note_places() {
  for (const detection::AccountAge& age : parts_.pipeline.take_account_news())
    parts_.store.remember(age);
  for (const auto& [path, position] : parts_.logs.positions())
    parts_.store.set_position(path, intake::to_string(position));
}

void StateKeeper::note_reach() {
  parts_.store.remember(parts_.pipeline.reach_history().take_changes(),
                        parts_.pipeline.detector().routes_fingerprint());
}

void StateKeeper::save() {
  note_places();
  (void)parts_.store.flush(kernel_now());  // a failure is told of by the store, and tried again with the next
}

void StateKeeper::look_after_database(WallTime now) {
  store::StateStore& store = parts_.store;
  const bool was_open = store.is_open();
  store.look_for_file();
  if (was_open && !store.is_open()) spdlog::error("store: {}", store.state().failing);
  if (store.is_open() && store.knows_former_state()) return;
  // A clock that is set back must not keep it closed.
  if (now > tried_ && now - tried_ < kReopenEvery) return;
  tried_ = now;
  const std::optional<std::string> set_aside = store.set_aside();
  if (!store.is_open() && !store.reopen(now)) return;
  if (store.set_aside() != set_aside)
    spdlog::error("the stored state was unreadable, a new one is begun: {}", *store.set_aside());
  if (auto done = use_store_again(store, parts_.config, parts_.ledger, parts_.pipeline, parts_.history,
                                  parts_.verdicts);
      !done) {
    spdlog::error("store: {}", done.error().message());
    return;
  }
  reach_kept_ = now;
  note_reach();
  spdlog::warn("store: {} is in use again, with all that is in force", store.path());
  note(own_record("store", store.path(), "in use again after a failure"));
}

void StateKeeper::keep(WallTime now) {
  look_after_database(now);
  if (now - reach_kept_ >= kKeepReachEvery) {
    reach_kept_ = now;
    note_reach();
  }
  save();
  if (now - forgotten_ >= kForgetEvery) {
    forgotten_ = now;
    if (auto done = parts_.store.forget(now, oldest_kept(parts_.config, now)); !done)
      spdlog::error("{}", done.error().message());
  }
}

void StateKeeper::stop() {
  events_.end();
  soon_.stop();
  note_reach();
  note(own_record("stop", "sluiced " SLUICE_VERSION, "stopped in order"));
  save();
}

Result<void> StateKeeper::record(std::vector<AuditRecord> records) {
  note_places();
  return parts_.store.audit(std::move(records));
}

store::StateStore::PastPage StateKeeper::past_page(const store::HistoryStore::Query& query) const {
  return parts_.store.past_page(query, kernel_now());
}

void StateKeeper::note_configuration() {
  note(own_record("configuration", fmt::format("sha256 {}", sha256(config::to_text(parts_.config))),
                  fmt::format("in force, mode {}", decisions::to_string(parts_.config.mode))));
}

void StateKeeper::note_refused_reload(std::string_view who) {
  note(own_record("configuration", fmt::format("reload by {}", who), "refused"));
}

control::StateOrFault<control::StoreState> StateKeeper::health() const {
  using Health = control::StateOrFault<control::StoreState>;
  const store::StateStore::State state = parts_.store.state();
  if (!state.failing.empty())
    return Health::fault(fmt::format("{} ({} changes wait)", state.failing, state.waiting));
  if (state.lost > 0)
    return Health::fault(fmt::format("{} changes were given up while the disk failed", state.lost));
  return control::StoreState::ok;
}

}  // namespace sluice::app
