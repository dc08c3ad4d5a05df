// SPDX-License-Identifier: Apache-2.0
// The decisions in force and the offences of sources, so that they survive a restart. A sink of the ledger that never
// refuses a decision: a failing disk is told of, and what it missed is written again when it can be.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/log.h"
#include "daemon/pipeline/decision.h"
#include "daemon/pipeline/ledger.h"
#include "daemon/pipeline/policy.h"
#include "daemon/store/database.h"

namespace sluice::store {

class DecisionStore final : public pipeline::DecisionSink {
 public:
  // `database` must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<DecisionStore>> create(Database& database);

  // Everything stored, as it was applied; those past their end too. A row that cannot be read is an error that names
  // the source.
  [[nodiscard]] Result<std::vector<pipeline::Decision>> load_decisions();
  [[nodiscard]] Result<std::vector<pipeline::Offence>> load_offences();

  // Written into the database's open transaction; Database::flush() makes it last.
  [[nodiscard]] Result<void> apply(const pipeline::Decision& decision, bool armed) override;
  void withdraw(const pipeline::Decision& decision, pipeline::Ending ending) override;
  void remember(const pipeline::Offence& offence);
  // Drops offences whose last block began before this.
  void forget_offences_before(WallTime time);

  // Commits; a failure is told of like that of a write.
  void flush();
  // Whether something failed to be written since the last rewrite().
  [[nodiscard]] bool is_stale() const { return stale_; }
  // Replaces all stored decisions by these, after a failure.
  void rewrite(std::span<const pipeline::Decision* const> decisions);

  // "ok", or what is wrong in words.
  [[nodiscard]] const std::string& state() const { return state_; }

 private:
  struct Statements {
    Statement upsert;
    Statement remove;
    Statement remove_all;
    Statement remember;
    Statement forget;
  };
  DecisionStore(Database& database, Statements statements)
      : database_(database), statements_(std::move(statements)) {}

  [[nodiscard]] Result<void> write(const pipeline::Decision& decision);
  [[nodiscard]] Result<void> rewrite_all(std::span<const pipeline::Decision* const> decisions);
  // Takes note of the outcome of a write.
  void note(const Result<void>& written);

  Database& database_;
  Statements statements_;
  bool stale_ = false;
  std::string state_ = "ok";
  LogThrottle failures_;
};

}  // namespace sluice::store
