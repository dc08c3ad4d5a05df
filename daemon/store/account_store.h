// SPDX-License-Identifier: Apache-2.0
// When each account was first and last seen, so that after a restart an old account is not taken for a new
// one; and the secret that makes their numbers. No name is kept: whoever has the database can check whether a
// guessed name is in it, but no more. Noted in memory; written by state_store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/detection/accounts/account_table.h"
#include "daemon/store/database.h"

namespace sluice::store {

class AccountStore {
 public:
  // With a secret of its own.
  AccountStore();
  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);

  // Takes over the secret of the database, before anybody has asked for it; a database that has none gets
  // this one.
  [[nodiscard]] Result<void> take_secret(Database& database);
  // For a database that is taken into use later. Where it has another secret its accounts have other numbers:
  // nothing is noted any more, until the next start.
  [[nodiscard]] Result<void> give_secret(Database& database);
  [[nodiscard]] std::uint64_t secret() const { return secret_; }

  // A later one of the same account replaces an earlier one.
  void note(const detection::AccountAge& age);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write(Database& database);
  void written() { noted_.clear(); }
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  struct Restored {
    std::vector<detection::AccountAge> ages;  // the one seen longest ago first
    detection::LogSecond begun = 0;           // when the first account of all was seen; 0: none was
  };
  // Those seen after `oldest`.
  [[nodiscard]] static Result<Restored> load(Database& database, WallTime oldest);

  // Deletes those seen last before or at `oldest`, and the oldest beyond kMaxAccounts. Within a transaction.
  [[nodiscard]] static Result<void> forget(Database& database, WallTime oldest);

 private:
  static constexpr std::int64_t kMaxAccounts = 1'000'000;  // about 25 MB on the disk
  static constexpr std::size_t kMaxNoted = 200'000;        // while the disk fails

  std::uint64_t secret_;
  bool is_other_secret_ = false;  // the database has another
  std::unordered_map<detection::AccountNumber, detection::AccountAge> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
