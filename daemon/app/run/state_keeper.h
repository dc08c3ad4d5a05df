// SPDX-License-Identifier: Apache-2.0
// What survives a restart, while the daemon runs: decisions and the places in the logs that led to them are
// saved together, what sources read over weeks every few minutes, what is too old is forgotten. Writes the
// daemon's own rows of the audit log. Owned by Daemon. A disk that fails refuses nothing: the store tells of
// it and tries again. Looks whether the database is still there, and takes it into use again when the disk is
// back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/operators/event_publisher.h"
#include "daemon/app/run/end_of_turn.h"
#include "daemon/app/run/history_recorder.h"
#include "daemon/app/run/log_service.h"
#include "daemon/base/audit_record.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/kernel/maps/verdict_table.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

class StateKeeper {
 public:
  struct Parts {
    store::StateStore& store;
    decisions::Ledger& ledger;
    decisions::Pipeline& pipeline;
    kernel::VerdictTable& verdicts;
    const LogService& logs;
    const config::Config& config;  // the one in force, also after a reload
    EventPublisher& publisher;
    HistoryRecorder& history;
  };
  // Notes in the audit log that the daemon starts, and with which configuration. The parts must outlive this.
  StateKeeper(const boost::asio::any_io_executor& executor, Parts parts);
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  // Decisions and the places in the logs, now. Every event that is published has it done at the end of the
  // turn.
  void save();
  // To be called every few seconds.
  void keep(WallTime now);
  // The last save.
  void stop();

  // Rows of the audit log. record() returns when they are on the disk; note() leaves that to the next save.
  [[nodiscard]] Result<void> record(std::vector<AuditRecord> records);
  void note(AuditRecord record) { parts_.store.note_audit(std::move(record)); }
  void note_configuration();
  void note_refused_reload(std::string_view who);
  [[nodiscard]] Result<store::AuditStore::Page> audit_page(std::int64_t after,
                                                           std::optional<WallTime> since) const {
    return parts_.store.audit_page(after, since);
  }
  [[nodiscard]] const store::AuditStore::Mark& audit_head() const { return parts_.store.audit_head(); }

  [[nodiscard]] store::StateStore::PastPage past_page(const store::HistoryStore::Query& query) const;
  [[nodiscard]] std::optional<store::HistoryStore::Summary> past_summary(const Prefix& source) const {
    return parts_.store.past_summary(source);
  }

  // Where the former state is, if it was damaged when this daemon started.
  [[nodiscard]] const std::optional<std::string>& set_aside() const { return parts_.store.set_aside(); }
  // "ok", or what is wrong with the store.
  [[nodiscard]] control::StateOrFault<control::StoreState> health() const;

 private:
  // The decisions that these lines led to were noted before. Both are written together.
  void note_places();
  void note_reach();
  void look_after_database(WallTime now);

  Parts parts_;
  WallTime forgotten_;   // when what is too old was last dropped
  WallTime reach_kept_;  // when the weeks were last handed to the store
  WallTime tried_;       // when the database was last tried to be opened again
  EndOfTurn soon_;
  EventPublisher::Subscription events_;
};

}  // namespace sluice::app
