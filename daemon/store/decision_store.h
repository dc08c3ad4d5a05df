// SPDX-License-Identifier: Apache-2.0
// The decisions in force, mirrored from the ledger into the database. As a sink it only notes changes in
// memory, so it never refuses a decision and never waits for the disk. state_store writes many changes at a
// time, and says to which database.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/ledger.h"
#include "daemon/store/database.h"

namespace sluice::store {

class DecisionStore : public decisions::DecisionSink {
 public:
  DecisionStore() = default;
  // Whether the database has the tables that this store writes to.
  [[nodiscard]] static Result<void> check(Database& database);

  // Decisions of lists, such as the protected networks, are made again at each start and are not stored.
  void begin(const decisions::Decision& decision, bool armed) override;
  void end(const decisions::Decision& decision, const decisions::End& how) override;
  void move(const decisions::Decision& decision) override;

  // Writes what was noted, within a transaction; written() is called when that is on the disk, and only then.
  [[nodiscard]] Result<void> write(Database& database);
  void written();
  // Forgets what was noted. The next write() leaves nothing in the database but what is noted from here on.
  void begin_anew();
  [[nodiscard]] std::size_t noted() const { return noted_[0].size() + noted_[1].size(); }
  // Changes that were forgotten because too many waited while the disk failed.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  struct Loaded {
    std::vector<decisions::Decision> decisions;  // as they began
    std::size_t unreadable = 0;                  // rows that cannot be read
  };
  // Those in force at `now`.
  [[nodiscard]] static Result<Loaded> load(Database& database, WallTime now);
  // Those whose end came by `now`, the first one first: while no daemon ran.
  [[nodiscard]] static Result<Loaded> load_expired(Database& database, WallTime now);
  // Deletes those that have ended. Within a transaction.
  [[nodiscard]] static Result<void> forget(Database& database, WallTime now);

 private:
  // Nothing: to be deleted.
  using Noted = std::map<std::pair<Prefix, decisions::Actor>, std::optional<decisions::Decision>>;

  // For each slot: twice what the ledger holds (LedgerLimits), about 400 MB if every decision has its
  // signals.
  static constexpr std::size_t kMaxNoted = 400'000;

  void note(const decisions::Decision& decision, bool in_force);
  [[nodiscard]] static Result<Loaded> load(Database& database, std::string_view sql, WallTime now);

  std::array<Noted, 2> noted_;  // by slot: denials, allows
  bool is_anew_ = false;        // the next write() deletes what is there
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
