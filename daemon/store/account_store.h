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
  // The database must outlive the store. Makes the secret if there is none yet.
  [[nodiscard]] static Result<AccountStore> create(Database& database);

  // The same as long as the database exists.
  [[nodiscard]] std::uint64_t secret() const { return secret_; }

  // A later one of the same account replaces an earlier one.
  void note(const detection::AccountAge& age);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write();
  void written() { noted_.clear(); }
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  struct Restored {
    std::vector<detection::AccountAge> ages;  // the one seen longest ago first
    detection::LogSecond begun = 0;           // when the first account of all was seen; 0: none was
  };
  // Those seen after `oldest`, at most kMaxAccounts, the latest. The others are deleted. Within a
  // transaction.
  [[nodiscard]] Result<Restored> load(WallTime oldest);

  // Deletes those seen last before or at `oldest`, and the oldest beyond kMaxAccounts. Within a transaction.
  [[nodiscard]] Result<void> forget(WallTime oldest);

 private:
  static constexpr std::int64_t kMaxAccounts = 1'000'000;  // about 25 MB on the disk
  static constexpr std::size_t kMaxNoted = 200'000;        // while the disk fails

  AccountStore(std::uint64_t secret, Statement upsert, Statement begin, Statement begun, Statement forget,
               Statement trim, Statement select);

  std::uint64_t secret_;
  Statement upsert_;
  Statement begin_;
  Statement begun_;
  Statement forget_;
  Statement trim_;
  Statement select_;
  std::unordered_map<detection::AccountNumber, detection::AccountAge> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
