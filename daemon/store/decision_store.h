// SPDX-License-Identifier: Apache-2.0
// The decisions in force, mirrored from the ledger into the database. As a sink it only takes note, so that
// it never refuses a decision and never waits for a disk; state_store writes what was noted, many at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/ledger.h"
#include "daemon/store/database.h"

namespace sluice::store {

class DecisionStore : public decisions::DecisionSink {
 public:
  // The database must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<DecisionStore>> create(Database& database);

  // What lists say (the protected networks among them) is told anew at each start, and is not kept.
  [[nodiscard]] Result<void> apply(const decisions::Decision& decision, bool armed) override;
  void withdraw(const decisions::Decision& decision, decisions::Ending ending) override;

  // Writes what was noted, within a transaction; written() is called when that is on the disk, and only then.
  [[nodiscard]] Result<void> write();
  void written();
  [[nodiscard]] std::size_t noted() const { return noted_[0].size() + noted_[1].size(); }
  // Changes that were forgotten because too many waited while the disk failed.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  struct Loaded {
    std::vector<decisions::Decision> decisions;  // as they were applied
    std::size_t unreadable = 0;                 // rows that somebody else has written to
  };
  // Those in force at `now`; the others are deleted. Within a transaction, before anything is applied.
  [[nodiscard]] Result<Loaded> load(WallTime now);

 private:
  using Noted = std::unordered_map<Prefix, std::optional<decisions::Decision>>;  // nothing: to be deleted

  // In each slot. Twice what the ledger holds (LedgerLimits); about 400 MB if each of them had its proof.
  static constexpr std::size_t kMaxNoted = 400'000;

  DecisionStore(Statement upsert, Statement remove, Statement expire, Statement select);
  void note(const decisions::Decision& decision, bool in_force);

  Statement upsert_;
  Statement remove_;
  Statement expire_;
  Statement select_;
  std::array<Noted, 2> noted_;  // by slot: denials, allows
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
