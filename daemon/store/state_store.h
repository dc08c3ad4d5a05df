// SPDX-License-Identifier: Apache-2.0
// What survives a restart, as app/ uses it: the decisions, the offences, since when each account is there,
// what sources read in weeks, the places in the logs. What happens is taken note of in memory and written by
// flush(), everything in one transaction, so that a place in a log and the decisions that the lines before it
// led to are kept together or not at all. A failing disk refuses nothing: what was noted waits for the next
// flush; it is logged at most once a minute, counted, and told by state().
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
#include "daemon/store/database.h"
#include "daemon/store/decision_store.h"
#include "daemon/store/block_history_store.h"
#include "daemon/store/position_store.h"
#include "daemon/store/reach_store.h"

namespace sluice::store {

class StateStore {
 public:
  // What is older is forgotten.
  struct Oldest {
    WallTime offence;  // whose last block was then
    WallTime account;  // that acted last then
    WallTime week;     // of what a source read, that ended then
    WallTime audit;    // row of the audit log
  };

  // See Database::open. The store does not move: the ledger keeps a reference to its sink.
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(const std::string& path, WallTime now);

  // What was wrong with the former file and where it is now; nothing when it was sound. To be said aloud.
  [[nodiscard]] const std::optional<std::string>& set_aside() const { return database_.set_aside(); }

  struct Restored {
    std::vector<decisions::Decision> decisions;     // in force at `now`
    std::vector<detection::BlockHistory> offences;       // of blocks after oldest.offence
    AccountStore::Restored accounts;               // seen after oldest.account
    std::map<std::string, std::string> positions;  // by path of the log
    std::vector<detection::ReachHistory::Record> reach;
    std::size_t unreadable = 0;  // decisions that were not ours to read, and were left out
  };
  // Once, before the sink is added to the ledger. `meaning`: Detector::meaning().
  [[nodiscard]] Result<Restored> load(WallTime now, const Oldest& oldest, std::uint64_t routes_fingerprint);

  [[nodiscard]] decisions::DecisionSink& sink() { return *decisions_; }
  void remember(const detection::BlockHistory& offence) { offences_.note(offence); }
  void remember(const detection::ReachHistory::Changes& changes, std::uint64_t routes_fingerprint) {
    reach_.note(changes, routes_fingerprint);
  }
  void remember(const detection::AccountAge& age) { accounts_.note(age); }
  // What the numbers of accounts are made with; the same as long as the database lives.
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
  StateStore(Database database, std::unique_ptr<DecisionStore> decisions, BlockHistoryStore offences,
             AccountStore accounts, PositionStore positions, ReachStore reach, AuditStore audit);
  [[nodiscard]] std::size_t waiting() const {
    return decisions_->noted() + offences_.noted() + accounts_.noted() + positions_.noted() + reach_.noted() +
           audit_.noted();
  }
  [[nodiscard]] Result<void> write();
  void written();

  Database database_;  // first, for the statements of the others are its
  std::unique_ptr<DecisionStore> decisions_;
  BlockHistoryStore offences_;
  AccountStore accounts_;
  PositionStore positions_;
  ReachStore reach_;
  AuditStore audit_;
  std::uint64_t failures_ = 0;
  std::string failing_;
  LogThrottle log_;
};

}  // namespace sluice::store
