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

StateKeeper::StateKeeper(const boost::asio::any_io_executor& executor, store::StateStore& store,
                         decisions::Pipeline& pipeline, const LogService& logs, const config::Config& config,
                         EventPublisher& publisher)
    : store_(store),
      pipeline_(pipeline),
      logs_(logs),
      config_(config),
      soon_(executor, [this] { save(); }),
      events_(publisher.subscribe([this](const control::Event&) { soon_.ask(); })) {
  note(own_record("start", "sluiced " SLUICE_VERSION, store_.set_aside().value_or("running")));
  note_configuration();
}

void StateKeeper::note_places() {
  for (const detection::AccountAge& age : pipeline_.take_account_news())
    store_.remember(age);
  for (const auto& [path, position] : logs_.positions())
    store_.set_position(path, intake::to_string(position));
}

void StateKeeper::note_reach() {
  store_.remember(pipeline_.reach_history().take_changes(), pipeline_.detector().routes_fingerprint());
}

void StateKeeper::save() {
  note_places();
  (void)store_.flush(kernel_now());  // a failure is told of by the store, and tried again with the next
}

void StateKeeper::keep(WallTime now) {
  if (now - reach_kept_ >= kKeepReachEvery) {
    reach_kept_ = now;
    note_reach();
  }
  save();
  if (now - forgotten_ >= kForgetEvery) {
    forgotten_ = now;
    if (auto done = store_.forget(now, oldest_kept(config_, now)); !done)
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
  return store_.audit(std::move(records));
}

void StateKeeper::note_configuration() {
  note(own_record("configuration", fmt::format("sha256 {}", sha256(config::to_text(config_))),
                  fmt::format("in force, mode {}", decisions::to_string(config_.mode))));
}

void StateKeeper::note_refused_reload(std::string_view who) {
  note(own_record("configuration", fmt::format("reload by {}", who), "refused"));
}

control::StateOrFault<control::StoreState> StateKeeper::health() const {
  using Health = control::StateOrFault<control::StoreState>;
  const store::StateStore::State state = store_.state();
  if (!state.failing.empty())
    return Health::fault(fmt::format("{} ({} changes wait)", state.failing, state.waiting));
  if (state.lost > 0)
    return Health::fault(fmt::format("{} changes were given up while the disk failed", state.lost));
  return control::StoreState::ok;
}

}  // namespace sluice::app
