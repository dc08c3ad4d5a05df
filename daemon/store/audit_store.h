// SPDX-License-Identifier: Apache-2.0
// The audit log: rows that are only added, each chained to the one before by its hash (base/audit_record.h).
// Used by state_store, which writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/audit_record.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/store/database.h"

namespace sluice::store {

class AuditStore {
 public:
  // Where a chain stands: the number and the hash of a row.
  struct Mark {
    std::int64_t seq = 0;
    std::string hash = std::string(kAuditBegin);
  };

  // As in DecisionStore.
  [[nodiscard]] static Result<void> check(Database& database);
  // What is written from here on is chained to the last row of this database.
  [[nodiscard]] Result<void> go_on_from(Database& database);

  // Notes a record for the next write(), which gives it its number and hash. The time is cut to the second,
  // and the texts go through audit_text().
  void note(AuditRecord record);
  // Drops the last `count` records that were noted.
  void take_back(std::size_t count);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write(Database& database);
  void written();
  [[nodiscard]] std::size_t noted() const { return noted_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  // The last row that is on the disk.
  [[nodiscard]] const Mark& head() const { return head_; }

  struct Page {
    std::vector<AuditRow> rows;
    bool more = false;
    Mark anchor;  // the last row that was forgotten
  };
  // The rows after `after`, not older than `since`; at most kPageRows, and about kPageBytes of them.
  [[nodiscard]] static Result<Page> page(Database& database, std::int64_t after,
                                         std::optional<WallTime> since);

  // Deletes the first rows up to the first one that is newer than `oldest`, and keeps the anchor. Within a
  // transaction.
  [[nodiscard]] Result<void> forget(Database& database, WallTime oldest, WallTime now);

 private:
  static constexpr std::size_t kMaxNoted = 10'000;  // while the disk fails
  static constexpr std::size_t kPageRows = 1000;
  static constexpr std::size_t kPageBytes = std::size_t{128} * 1024;  // a byte may be written as six

  Mark head_;
  Mark written_;  // becomes head_ when the transaction is on the disk
  std::deque<AuditRecord> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
