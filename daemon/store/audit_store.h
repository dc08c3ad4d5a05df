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

  // The database must outlive the store.
  [[nodiscard]] static Result<AuditStore> create(Database& database);

  // To be written with the next write(). Number and hash are given there; the time is cut to its second and
  // the texts are made audit_text().
  void note(AuditRecord record);
  // Takes back the latest so many that were noted.
  void take_back(std::size_t count);

  // As in DecisionStore.
  [[nodiscard]] Result<void> write();
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
  [[nodiscard]] Result<Page> page(std::int64_t after, std::optional<WallTime> since);

  // Deletes the first rows, as far as all of them are as old as `oldest` or older, and takes note of that.
  // Within a transaction.
  [[nodiscard]] Result<void> forget(WallTime oldest, WallTime now);

 private:
  static constexpr std::size_t kMaxNoted = 10'000;  // while the disk fails
  static constexpr std::size_t kPageRows = 1000;
  static constexpr std::size_t kPageBytes = std::size_t{128} * 1024;  // a byte may be written as six

  AuditStore(std::vector<Statement> statements, Mark head);

  std::vector<Statement> statements_;  // in the order of the source file
  Mark head_;
  Mark written_;  // what head_ becomes when the transaction is on the disk
  std::deque<AuditRecord> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace sluice::store
