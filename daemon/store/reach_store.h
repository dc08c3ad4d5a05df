// SPDX-License-Identifier: Apache-2.0
// How many subjects each source was shown in the last weeks: ReachHistory across a restart. Noted in memory;
// written by state_store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/detection/history/reach_history.h"
#include "daemon/store/database.h"

namespace sluice::store {

class ReachStore {
 public:
  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);

  // `routes_fingerprint` is that of the detector which counted them.
  void note(const detection::ReachHistory::Changes& changes, std::uint64_t routes_fingerprint);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write(Database& database);
  void written();
  [[nodiscard]] std::size_t noted() const { return records_.size() + forgotten_.size(); }

  // The records with this routes_fingerprint from the weeks after `oldest`, the oldest first.
  [[nodiscard]] static Result<std::vector<detection::ReachHistory::Record>> load(
      Database& database, WallTime oldest, std::uint64_t routes_fingerprint);
  // Deletes the week of `oldest` and those before; and those with another routes_fingerprint. Both within a
  // transaction.
  [[nodiscard]] static Result<void> forget(Database& database, WallTime oldest);
  [[nodiscard]] static Result<void> forget_others(Database& database, std::uint64_t routes_fingerprint);

 private:
  // At most as many sources as ReachHistory has, and as many that it forgot meanwhile.
  std::map<std::pair<Prefix, std::uint32_t>, detection::HyperLogLog> records_;
  std::vector<Prefix> forgotten_;
  std::uint64_t meaning_ = 0;
};

}  // namespace sluice::store
