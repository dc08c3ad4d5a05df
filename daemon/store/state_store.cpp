// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/state_store.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/folder.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

Result<void> check_tables(Database& database) {
  for (const auto check : {DecisionStore::check, BlockHistoryStore::check, AccountStore::check,
                           PositionStore::check, ReachStore::check, AuditStore::check, HistoryStore::check}) {
    if (auto done = check(database); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, WallTime now) {
  std::unique_ptr<StateStore> store(new StateStore(path));
  if (auto opened = store->open_database(now); !opened) return opened.error();
  store->is_in_use_ = true;
  return store;
}

std::unique_ptr<StateStore> StateStore::open_if_possible(const std::string& path, WallTime now) {
  std::unique_ptr<StateStore> store(new StateStore(path));
  auto opened = store->open_database(now);
  store->is_in_use_ = true;
  if (opened) return store;
  store->failing_ = opened.error().message();
  ++store->failures_;
  auto reading = Database::open_for_reading(path);
  if (reading && check_tables(*reading) && store->accounts_.take_secret(*reading))
    store->reading_ = *std::move(reading);
  return store;
}

Result<void> StateStore::open_database(WallTime now) {
  const auto check = [&](Database& opened) -> Result<void> {
    if (auto checked = check_tables(opened); !checked) return checked;
    if (auto done = is_in_use_ ? accounts_.give_secret(opened) : accounts_.take_secret(opened); !done)
      return done;
    return audit_.go_on_from(opened);
  };
  auto database = damage_.empty() ? Database::open(path_, now, check)
                                  : Database::open_instead(path_, now, damage_, check);
  if (!database) return database.error();
  database_ = *std::move(database);
  damage_.clear();
  if (database_->set_aside()) {
    set_aside_ = database_->set_aside();
    knows_former_state_ = true;  // as far as anybody ever will
  }
  failing_.clear();
  return {};
}

void StateStore::close(std::string why) {
  database_.reset();
  failing_ = std::move(why);
}

void StateStore::look_for_file() {
  if (!database_ || database_->is_in_place()) return;
  close(fmt::format("{} was removed or replaced while sluiced runs", path_));
  ++failures_;
}

bool StateStore::reopen(WallTime now) {
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  if (!folder.empty()) (void)make_folder(folder, 0750);  // what comes next says whether it is there
  auto opened = open_database(now);
  if (opened) return true;
  failing_ = opened.error().message();
  ++failures_;
  return false;
}

Result<StateStore::Restored> StateStore::load(WallTime now, const Oldest& oldest,
                                              std::uint64_t routes_fingerprint) {
  if (reading_) {
    (void)note_expired(*reading_, now, oldest);  // what cannot be read is missing in the history alone
    auto restored = read_all(*reading_, now, oldest, routes_fingerprint);
    reading_.reset();
    knows_former_state_ = static_cast<bool>(restored);
    return restored;
  }
  if (!database_) return Error(failing_);
  // On a disk that is full nothing can be deleted; what is too old is not read either.
  auto done = begin_from(*database_, now, oldest);
  if (done) {
    auto transaction = Transaction::begin(*database_);
    if (transaction) {
      done = ReachStore::forget_others(*database_, routes_fingerprint);
      if (done) done = transaction->commit();
    }
  }
  Result<Restored> restored = done || done.error().code() != kDamaged
                                  ? read_all(*database_, now, oldest, routes_fingerprint)
                                  : Result<Restored>(done.error());
  if (restored) {
    knows_former_state_ = true;
    return restored;
  }
  if (restored.error().code() != kDamaged) return restored;
  damage_ = restored.error().message();
  close(damage_);
  if (auto opened = open_database(now); !opened) {
    close(opened.error().message());
    return opened.error();
  }
  return Restored();
}

Result<StateStore::Restored> StateStore::read_all(Database& database, WallTime now, const Oldest& oldest,
                                                  std::uint64_t routes_fingerprint) {
  auto decisions = DecisionStore::load(database, now);
  if (!decisions) return decisions.error();
  auto block_history = BlockHistoryStore::load(database, oldest.block);
  if (!block_history) return block_history.error();
  auto accounts = AccountStore::load(database, oldest.account);
  if (!accounts) return accounts.error();
  auto positions = PositionStore::load(database);
  if (!positions) return positions.error();
  auto reach = ReachStore::load(database, oldest.week, routes_fingerprint);
  if (!reach) return reach.error();
  return Restored{std::move(decisions->decisions), *std::move(block_history), *std::move(accounts),
                  *std::move(positions),           *std::move(reach),         decisions->unreadable};
}

Result<void> StateStore::write_all(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = decisions_.write(database); !done) return done;
  if (auto done = block_history_.write(database); !done) return done;
  if (auto done = accounts_.write(database); !done) return done;
  if (auto done = positions_.write(database); !done) return done;
  if (auto done = reach_.write(database); !done) return done;
  if (auto done = audit_.write(database); !done) return done;
  if (auto done = past_.write(database); !done) return done;
  return transaction->commit();
}

Result<void> StateStore::write() {
  if (!database_) return Error(failing_);
  auto done = write_all(*database_);
  if (done) {
    written();
    return done;
  }
  ++failures_;
  failing_ = done.error().message();
  if (done.error().code() == kDamaged) {
    damage_ = failing_;
    close(fmt::format("{} is damaged: {}", path_, failing_));
  }
  return done;
}

bool StateStore::flush(KernelTime now) {
  if (waiting() == 0) return true;
  if (write()) return true;
  if (const auto held_back = log_.admit(now)) {
    spdlog::error(
        "store: {} changes could not be written and will be tried again: {} ({} such lines held back)",
        waiting(), failing_, *held_back);
  }
  return false;
}

void StateStore::written() {
  decisions_.written();
  block_history_.written();
  accounts_.written();
  positions_.written();
  reach_.written();
  audit_.written();
  past_.written();
  failing_.clear();
}

Result<void> StateStore::audit(std::vector<AuditRecord> records) {
  const std::size_t before = audit_.noted();
  for (AuditRecord& record : records)
    audit_.note(std::move(record));
  if (audit_.noted() - before < records.size()) {
    audit_.take_back(audit_.noted() - before);
    return Error(fmt::format("{} rows wait for the disk already", before));
  }
  auto done = write();
  if (!done) audit_.take_back(records.size());
  return done;
}

Result<AuditStore::Page> StateStore::audit_page(std::int64_t after, std::optional<WallTime> since) {
  if (!database_) return Error(failing_);
  return AuditStore::page(*database_, after, since);
}

StateStore::PastPage StateStore::past_page(const HistoryStore::Query& query, KernelTime now) {
  (void)flush(now);
  if (!database_) return {past_.noted_page(query), failing_};
  auto page = HistoryStore::page(*database_, query);
  if (!page) return {past_.noted_page(query), page.error().message()};
  // What waits for the disk ended last.
  if (query.before > 0 || past_.noted() == 0) return {*std::move(page), {}};
  HistoryStore::Page whole = past_.noted_page(query);
  std::ranges::move(page->rows, std::back_inserter(whole.rows));
  whole.more = page->more;
  return {std::move(whole), {}};
}

std::optional<HistoryStore::Summary> StateStore::past_summary(const Prefix& source) {
  if (!database_) return std::nullopt;
  auto summary = HistoryStore::summary(*database_, source);
  return summary ? std::optional(*summary) : std::nullopt;
}

Result<std::size_t> StateStore::note_expired(Database& database, WallTime now, const Oldest& oldest) {
  auto expired = DecisionStore::load_expired(database, now);
  if (!expired) return expired.error();
  std::size_t count = 0;
  for (decisions::Decision& decision : expired->decisions) {
    if (decision.until <= oldest.past) continue;
    decisions::PastDecision past;
    past.ended = decision.until;
    past.in_effect = !decision.forwarded;
    past.decision = std::move(decision);
    past_.note(std::move(past));
    ++count;
  }
  return count;
}

Result<void> StateStore::begin_from(Database& database, WallTime now, const Oldest& oldest) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto expired = note_expired(database, now, oldest);
  if (!expired) return expired.error();
  auto done = past_.write(database);
  if (done) done = forget_rows(database, now, oldest);
  if (done) done = transaction->commit();
  if (done) {
    past_.written();
  } else {
    past_.take_back(*expired);
  }
  return done;
}

Result<void> StateStore::forget_all(Database& database, WallTime now, const Oldest& oldest) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = forget_rows(database, now, oldest); !done) return done;
  return transaction->commit();
}

Result<void> StateStore::forget_rows(Database& database, WallTime now, const Oldest& oldest) {
  if (auto done = DecisionStore::forget(database, now); !done) return done;
  if (auto done = BlockHistoryStore::forget(database, oldest.block); !done) return done;
  if (auto done = AccountStore::forget(database, oldest.account); !done) return done;
  if (auto done = HistoryStore::forget(database, oldest.past); !done) return done;
  return ReachStore::forget(database, oldest.week);
}

Result<void> StateStore::forget(WallTime now, const Oldest& oldest) {
  if (!database_) return {};
  if (auto done = forget_all(*database_, now, oldest); !done) return done;
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  if (auto done = audit_.forget(*database_, oldest.audit, now); !done) return done;
  return transaction->commit();
}

StateStore::State StateStore::state() const {
  return {waiting(), failures_,
          decisions_.lost() + block_history_.lost() + accounts_.lost() + audit_.lost() + past_.lost(),
          failing_};
}

}  // namespace sluice::store
