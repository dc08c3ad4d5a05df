// SPDX-License-Identifier: Apache-2.0
// The decisions that ended, with their proof, in the order in which they ended. Bounded in rows; state_store
// bounds it in age, and writes. Decides nothing about which are kept: app/ notes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/past_decision.h"
#include "daemon/store/database.h"

namespace sluice::store {

class HistoryStore {
 public:
  // About 150 MB on the disk, if every decision has the detector's proof.
  static constexpr std::int64_t kMaxRows = 200'000;

  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);

  // For the next write(). While the disk fails the oldest are given up first.
  void note(decisions::PastDecision past);
  // Drops the last `count` that were noted.
  void take_back(std::size_t count);

  // As in DecisionStore. Keeps the newest kMaxRows.
  [[nodiscard]] Result<void> write(Database& database);
  void written() { noted_.clear(); }
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  // A field that has no value does not filter.
  struct Query {
    std::optional<Prefix> source;   // decisions that cover it or lie within it
    std::optional<WallTime> since;  // those that had not ended by then
    std::optional<WallTime> until;  // those that had begun by then
    std::string action;             // "block"
    std::string actor;              // "operator", "operator alice"; the first words of the actor
    std::int64_t before = 0;        // ended before this number; 0: no bound
  };
  struct Numbered {
    std::int64_t number = 0;  // grows with each decision that ends; 0: it is not written yet
    decisions::PastDecision past;
  };
  struct Page {
    std::vector<Numbered> rows;  // what ended last comes first
    bool more = false;           // ask again, before the last number of these
  };
  // At most kPageRows of them, and about kPageBytes.
  [[nodiscard]] static Result<Page> page(Database& database, const Query& query);
  // The same of what is noted and not yet written.
  [[nodiscard]] Page noted_page(const Query& query) const;

  struct Summary {
    std::uint64_t denials = 0;  // that covered the source and were in effect when they ended
    WallTime last_ended{};      // of them
  };
  [[nodiscard]] static Result<Summary> summary(Database& database, const Prefix& source);

  // Deletes those that ended before or at `oldest`. Within a transaction.
  [[nodiscard]] static Result<void> forget(Database& database, WallTime oldest);

 private:
  static constexpr std::size_t kMaxNoted = 200'000;  // as many as the ledger holds denials
  static constexpr std::size_t kPageRows = 500;
  static constexpr std::size_t kPageBytes = std::size_t{64} * 1024;  // a byte may be written as six

  std::deque<decisions::PastDecision> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
