// SPDX-License-Identifier: Apache-2.0
// How often each source was blocked and when last. Policy gets it back after a restart, so that the next
// block of the source is longer. Noted in memory; written by state_store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/policy.h"
#include "daemon/store/database.h"

namespace sluice::store {

class BlockHistoryStore {
 public:
  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);

  // What Policy::remember_block returned. A later one of the same source replaces an earlier one.
  void note(const detection::BlockHistory& history);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write(Database& database);
  void written() { noted_.clear(); }
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  // Those whose last block began after `oldest`, the oldest first.
  [[nodiscard]] static Result<std::vector<detection::BlockHistory>> load(Database& database, WallTime oldest);

  // Deletes those whose last block began before or at `oldest`, and the oldest beyond kMaxSources. Within a
  // transaction.
  [[nodiscard]] static Result<void> forget(Database& database, WallTime oldest);

 private:
  static constexpr std::int64_t kMaxSources = 200'000;  // as many as Policy remembers

  std::unordered_map<Prefix, detection::BlockHistory> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
