// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/state_store.h"

#include <utility>

namespace sluice::store {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, WallTime now) {
  auto database = Database::open(path, now);
  if (!database) return database.error();
  auto decisions = DecisionStore::create(*database);
  if (!decisions) return decisions.error().in(path);
  auto block_history = BlockHistoryStore::create(*database);
  if (!block_history) return block_history.error().in(path);
  auto accounts = AccountStore::create(*database);
  if (!accounts) return accounts.error().in(path);
  auto positions = PositionStore::create(*database);
  if (!positions) return positions.error().in(path);
  auto reach = ReachStore::create(*database);
  if (!reach) return reach.error().in(path);
  auto audit = AuditStore::create(*database);
  if (!audit) return audit.error().in(path);
  return std::unique_ptr<StateStore>(
      new StateStore(*std::move(database), *std::move(decisions), *std::move(block_history),
                     *std::move(accounts), *std::move(positions), *std::move(reach), *std::move(audit)));
}

StateStore::StateStore(Database database, std::unique_ptr<DecisionStore> decisions,
                       BlockHistoryStore block_history, AccountStore accounts, PositionStore positions,
                       ReachStore reach, AuditStore audit)
    : database_(std::move(database)),
      decisions_(std::move(decisions)),
      block_history_(std::move(block_history)),
      accounts_(std::move(accounts)),
      positions_(std::move(positions)),
      reach_(std::move(reach)),
      audit_(std::move(audit)) {}

Result<StateStore::Restored> StateStore::load(WallTime now, const Oldest& oldest,
                                              std::uint64_t routes_fingerprint) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto decisions = decisions_->load(now);
  if (!decisions) return decisions.error();
  auto block_history = block_history_.load(oldest.block);
  if (!block_history) return block_history.error();
  auto accounts = accounts_.load(oldest.account);
  if (!accounts) return accounts.error();
  auto positions = positions_.load();
  if (!positions) return positions.error();
  auto reach = reach_.load(oldest.week, routes_fingerprint);
  if (!reach) return reach.error();
  if (auto committed = transaction->commit(); !committed) return committed.error();
  return Restored{std::move(decisions->decisions), *std::move(block_history), *std::move(accounts),
                  *std::move(positions),           *std::move(reach),         decisions->unreadable};
}

Result<void> StateStore::write() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto done = decisions_->write(); !done) return done;
  if (auto done = block_history_.write(); !done) return done;
  if (auto done = accounts_.write(); !done) return done;
  if (auto done = positions_.write(); !done) return done;
  if (auto done = reach_.write(); !done) return done;
  if (auto done = audit_.write(); !done) return done;
  return transaction->commit();
}

bool StateStore::flush(KernelTime now) {
  if (waiting() == 0) return true;
  if (auto done = write(); !done) {
    ++failures_;
    failing_ = done.error().message();
    if (const auto held_back = log_.admit(now)) {
      spdlog::error(
          "store: {} changes could not be written and will be tried again: {} ({} such lines held back)",
          waiting(), failing_, *held_back);
    }
    return false;
  }
  written();
  return true;
}

void StateStore::written() {
  decisions_->written();
  block_history_.written();
  accounts_.written();
  positions_.written();
  reach_.written();
  audit_.written();
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
  if (auto done = write(); !done) {
    audit_.take_back(records.size());
    return done;
  }
  written();
  return {};
}

Result<void> StateStore::forget(WallTime now, const Oldest& oldest) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto done = block_history_.forget(oldest.block); !done) return done;
  if (auto done = accounts_.forget(oldest.account); !done) return done;
  if (auto done = reach_.forget(oldest.week); !done) return done;
  if (auto done = audit_.forget(oldest.audit, now); !done) return done;
  return transaction->commit();
}

StateStore::State StateStore::state() const {
  return {waiting(), failures_, decisions_->lost() + block_history_.lost() + accounts_.lost() + audit_.lost(),
          failing_};
}

}  // namespace sluice::store
