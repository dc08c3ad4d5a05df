// SPDX-License-Identifier: Apache-2.0
// All that survives a restart: decisions, block histories, the ages of accounts, what sources read in weeks,
// the places in the logs, the audit log. Used by app/. Changes are noted in memory and written by flush() in
// one transaction, so that a place in a log and the decisions that the lines before it led to are stored
// together or not at all. If the disk fails the changes wait for the next flush; the failure is logged at
// most once a minute, counted, and shown by state().
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/policy.h"
#include "daemon/store/account_store.h"
#include "daemon/store/audit_store.h"
#include "daemon/store/block_history_store.h"
#include "daemon/store/database.h"
#include "daemon/store/decision_store.h"
#include "daemon/store/position_store.h"
#include "daemon/store/reach_store.h"

namespace sluice::store {

class StateStore {
 public:
  // Anything older than these times is forgotten.
  struct Oldest {
    WallTime block;    // the last block of a source
    WallTime account;  // the last use of an account
    WallTime week;     // the end of a week of ReachHistory
    WallTime audit;    // a row of the audit log
  };

  // See Database::open. The store does not move: the ledger keeps a reference to its sink.
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(const std::string& path, WallTime now);

  // What was wrong with the former file and where it is now; nothing when it was sound. To be said aloud.
  [[nodiscard]] const std::optional<std::string>& set_aside() const { return database_.set_aside(); }

  struct Restored {
    std::vector<decisions::Decision> decisions;            // in force at `now`
    std::vector<detection::BlockHistory> block_histories;  // with a block after oldest.block
    AccountStore::Restored accounts;                       // seen after oldest.account
    std::map<std::string, std::string> positions;          // by path of the log
    std::vector<detection::ReachHistory::Record> reach;
    std::size_t unreadable = 0;  // decisions that were not ours to read, and were left out
  };
  // Called once, before the sink is added to the ledger.
  [[nodiscard]] Result<Restored> load(WallTime now, const Oldest& oldest, std::uint64_t routes_fingerprint);

  [[nodiscard]] decisions::DecisionSink& sink() { return *decisions_; }
  void remember(const detection::BlockHistory& history) { block_history_.note(history); }
  void remember(const detection::ReachHistory::Changes& changes, std::uint64_t routes_fingerprint) {
    reach_.note(changes, routes_fingerprint);
  }
  void remember(const detection::AccountAge& age) { accounts_.note(age); }
  // The secret that makes the numbers of accounts. The same as long as the database exists.
  [[nodiscard]] std::uint64_t account_secret() const { return accounts_.secret(); }
  void set_position(const std::string& log, std::string place) { positions_.note(log, std::move(place)); }

  // Writes what was noted since the last one that succeeded; true: it is on the disk. Cheap when nothing was.
  // Once a loop turn or a few times a second: each one that writes waits for the disk.
  bool flush(KernelTime now);

  // Forgets what is older: now and then.
  [[nodiscard]] Result<void> forget(WallTime now, const Oldest& oldest);

  // The audit log. audit() returns when the records, and all that was noted before, are on the disk, or none
  // of the records will ever be; note_audit() leaves that to the next flush.
  [[nodiscard]] Result<void> audit(std::vector<AuditRecord> records);
  void note_audit(AuditRecord record) { audit_.note(std::move(record)); }
  [[nodiscard]] Result<AuditStore::Page> audit_page(std::int64_t after, std::optional<WallTime> since) {
    return audit_.page(after, since);
  }
  [[nodiscard]] const AuditStore::Mark& audit_head() const { return audit_.head(); }

  struct State {
    std::size_t waiting = 0;     // changes noted and not yet written
    std::uint64_t failures = 0;  // flushes that failed
    std::uint64_t lost = 0;      // changes given up because too many waited
    std::string failing;         // why the last flush failed; empty when it did not
  };
  [[nodiscard]] State state() const;

 private:
  StateStore(Database database, std::unique_ptr<DecisionStore> decisions, BlockHistoryStore block_histories,
             AccountStore accounts, PositionStore positions, ReachStore reach, AuditStore audit);
  [[nodiscard]] std::size_t waiting() const {
    return decisions_->noted() + block_history_.noted() + accounts_.noted() + positions_.noted() +
           reach_.noted() + audit_.noted();
  }
  [[nodiscard]] Result<void> write();
  void written();

  Database database_;  // first, for the statements of the others are its
  std::unique_ptr<DecisionStore> decisions_;
  BlockHistoryStore block_history_;
  AccountStore accounts_;
  PositionStore positions_;
  ReachStore reach_;
  AuditStore audit_;
  std::uint64_t failures_ = 0;
  std::string failing_;
  LogThrottle log_;
};

}  // namespace sluice::store
