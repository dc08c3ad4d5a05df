// SPDX-License-Identifier: Apache-2.0
// All that survives a restart: decisions, those that ended, block histories, the ages of accounts, what
// sources read in weeks, the places in the logs, the audit log. Used by app/. Changes are noted in memory and
// written by flush() in one transaction, so that a place in a log and the decisions that the lines before it
// led to are stored together or not at all. If the disk fails the changes wait for the next flush; the
// failure is logged at most once a minute, counted, and shown by state() from the first one on.
//
// A store may be without its database: the disk is full, read-only or not there when the daemon starts, or
// the file is removed while it runs. Then it takes notes all the same, says so, and whoever uses it has it
// look for the database again (reopen).
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
#include "daemon/decisions/past_decision.h"
#include "daemon/decisions/policy.h"
#include "daemon/store/account_store.h"
#include "daemon/store/audit_store.h"
#include "daemon/store/block_history_store.h"
#include "daemon/store/database.h"
#include "daemon/store/decision_store.h"
#include "daemon/store/history_store.h"
#include "daemon/store/position_store.h"
#include "daemon/store/reach_store.h"

namespace sluice::store {

class StateStore {
 public:
  // Anything older than these times is forgotten.
  struct Oldest {
    WallTime block;                   // the last block of a source
    WallTime account;                 // the last use of an account
    WallTime week;                    // the end of a week of ReachHistory
    WallTime audit;                   // a row of the audit log
    WallTime past = WallTime::min();  // the end of a decision
  };

  // See Database::open. The store does not move: the ledger keeps a reference to its sink.
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(const std::string& path, WallTime now);
  // The same, without the database where it cannot be opened. What is in it is read all the same, where it
  // can be.
  [[nodiscard]] static std::unique_ptr<StateStore> open_if_possible(const std::string& path, WallTime now);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_open() const { return database_.has_value(); }
  // Whether load() has been given what former daemons left, or that is lost. Until then nobody knows what was
  // decided before.
  [[nodiscard]] bool knows_former_state() const { return knows_former_state_; }

  // What was wrong with the former file, where it is now and what it held; nothing when it was sound. To be
  // said aloud.
  [[nodiscard]] const std::optional<std::string>& set_aside() const { return set_aside_; }

  // Closes the database if its file was removed or replaced.
  void look_for_file();
  // Opens the database again, or a new one in its folder, which is made if need be. False: it cannot be, and
  // state() says why. True: where the former state is not known yet, flush() and load(); else begin_anew()
  // and have all noted that is in memory.
  [[nodiscard]] bool reopen(WallTime now);
  // The next flush() leaves no decision in the database but those that are noted from here on.
  void begin_anew() { decisions_.begin_anew(); }

  struct Restored {
    std::vector<decisions::Decision> decisions;            // in force at `now`
    std::vector<detection::BlockHistory> block_histories;  // with a block after oldest.block
    AccountStore::Restored accounts;                       // seen after oldest.account
    std::map<std::string, std::string> positions;          // by path of the log
    std::vector<detection::ReachHistory::Record> reach;
    std::size_t unreadable = 0;  // decisions that were not ours to read, and were left out
  };
  // What former daemons left; what is too old of it is deleted. A database that proves to be damaged is set
  // aside: then nothing is left. Fails where it cannot be read.
  [[nodiscard]] Result<Restored> load(WallTime now, const Oldest& oldest, std::uint64_t routes_fingerprint);

  [[nodiscard]] decisions::DecisionSink& sink() { return decisions_; }
  // A decision that ended. What ended while no daemon ran is noted by load().
  void remember(decisions::PastDecision past) { past_.note(std::move(past)); }
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
  [[nodiscard]] Result<AuditStore::Page> audit_page(std::int64_t after, std::optional<WallTime> since);
  [[nodiscard]] const AuditStore::Mark& audit_head() const { return audit_.head(); }

  // Decisions that ended, a page at a time. Writes what was noted first.
  struct PastPage {
    HistoryStore::Page page;
    std::string fault;  // the database cannot be read, and why: these are those that wait to be written
  };
  [[nodiscard]] PastPage past_page(const HistoryStore::Query& query, KernelTime now);
  // Nothing where the database cannot be read.
  [[nodiscard]] std::optional<HistoryStore::Summary> past_summary(const Prefix& source);

  struct State {
    std::size_t waiting = 0;     // changes noted and not yet written
    std::uint64_t failures = 0;  // flushes that failed
    std::uint64_t lost = 0;      // changes given up because too many waited
    std::string failing;         // why the last write failed, or there is no database; empty: all is well
  };
  [[nodiscard]] State state() const;

 private:
  explicit StateStore(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Result<void> open_database(WallTime now);
  [[nodiscard]] std::size_t waiting() const {
    return decisions_.noted() + block_history_.noted() + accounts_.noted() + positions_.noted() +
           reach_.noted() + audit_.noted() + past_.noted();
  }
  // Writes what was noted, and keeps account of how it went.
  [[nodiscard]] Result<void> write();
  [[nodiscard]] Result<void> write_all(Database& database);
  [[nodiscard]] Result<void> forget_all(Database& database, WallTime now, const Oldest& oldest);
  // As forget_all(), within a transaction.
  [[nodiscard]] static Result<void> forget_rows(Database& database, WallTime now, const Oldest& oldest);
  // The same for a database that a former daemon left: what expired meanwhile is kept as ended.
  [[nodiscard]] Result<void> begin_from(Database& database, WallTime now, const Oldest& oldest);
  [[nodiscard]] Result<Restored> read_all(Database& database, WallTime now, const Oldest& oldest,
                                          std::uint64_t routes_fingerprint);
  // Notes the decisions whose end came while no daemon ran; returns how many.
  [[nodiscard]] Result<std::size_t> note_expired(Database& database, WallTime now, const Oldest& oldest);
  void written();
  void close(std::string why);

  std::string path_;
  std::optional<Database> database_;
  std::optional<Database> reading_;  // until load(): what can be read where nothing can be written
  std::optional<std::string> set_aside_;
  std::string damage_;  // found while it was in use: the file is set aside when it is opened again
  bool knows_former_state_ = false;
  bool is_in_use_ = false;  // it has been handed out, and with it the secret of the accounts
  DecisionStore decisions_;
  BlockHistoryStore block_history_;
  AccountStore accounts_;
  PositionStore positions_;
  ReachStore reach_;
  AuditStore audit_;
  HistoryStore past_;
  std::uint64_t failures_ = 0;
  std::string failing_;
  LogThrottle log_;
};

}  // namespace sluice::store
