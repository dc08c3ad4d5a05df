// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/state_store.h"

#include <utility>

namespace sluice::store {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, WallTime now) {
  auto database = Database::open(path, now);
  if (!database) return database.error();
  auto decisions = DecisionStore::create(*database);
  if (!decisions) return decisions.error().in(path);
  auto offences = OffenceStore::create(*database);
  if (!offences) return offences.error().in(path);
  auto accounts = AccountStore::create(*database);
  if (!accounts) return accounts.error().in(path);
  auto positions = PositionStore::create(*database);
  if (!positions) return positions.error().in(path);
  auto reach = ReachStore::create(*database);
  if (!reach) return reach.error().in(path);
  return std::unique_ptr<StateStore>(new StateStore(*std::move(database), *std::move(decisions),
                                                    *std::move(offences), *std::move(accounts),
                                                    *std::move(positions), *std::move(reach)));
}

StateStore::StateStore(Database database, std::unique_ptr<DecisionStore> decisions, OffenceStore offences,
                       AccountStore accounts, PositionStore positions, ReachStore reach)
    : database_(std::move(database)),
      decisions_(std::move(decisions)),
      offences_(std::move(offences)),
      accounts_(std::move(accounts)),
      positions_(std::move(positions)),
      reach_(std::move(reach)) {}

Result<StateStore::Restored> StateStore::load(WallTime now, WallTime oldest_offence, std::uint64_t meaning) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto decisions = decisions_->load(now);
  if (!decisions) return decisions.error();
  auto offences = offences_.load(oldest_offence);
  if (!offences) return offences.error();
  auto accounts = accounts_.load(now - kAccountMemory);
  if (!accounts) return accounts.error();
  auto positions = positions_.load();
  if (!positions) return positions.error();
  auto reach = reach_.load(now, meaning);
  if (!reach) return reach.error();
  if (auto committed = transaction->commit(); !committed) return committed.error();
  return Restored{std::move(decisions->decisions), *std::move(offences), *std::move(accounts),
                  *std::move(positions),           *std::move(reach),    decisions->unreadable};
}

Result<void> StateStore::write() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto done = decisions_->write(); !done) return done;
  if (auto done = offences_.write(); !done) return done;
  if (auto done = accounts_.write(); !done) return done;
  if (auto done = positions_.write(); !done) return done;
  if (auto done = reach_.write(); !done) return done;
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
  decisions_->written();
  offences_.written();
  accounts_.written();
  positions_.written();
  reach_.written();
  failing_.clear();
  return true;
}

Result<void> StateStore::forget(WallTime now, WallTime oldest_offence) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto done = offences_.forget(oldest_offence); !done) return done;
  if (auto done = accounts_.forget(now - kAccountMemory); !done) return done;
  if (auto done = reach_.forget(now); !done) return done;
  return transaction->commit();
}

StateStore::State StateStore::state() const {
  return {waiting(), failures_, decisions_->lost() + offences_.lost() + accounts_.lost(), failing_};
}

}  // namespace sluice::store
