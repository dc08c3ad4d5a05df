// SPDX-License-Identifier: Apache-2.0
// Makes copies of the database, also while the daemon runs, and restores one, while it is stopped. Used by
// `sluiced backup` and `sluiced restore`, not by the running daemon.
//
// Root does this in a folder of the daemon's user, who may put a link to anything there at any moment. So the
// database is opened with the rights of its owner, copies are made in a folder that nobody else can reach,
// and what is put into the daemon's folder is put there by descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/audit_record.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"

namespace sluice::store {

struct Contents {
  std::int64_t schema = 0;
  std::int64_t decisions = 0;
  std::int64_t block_histories = 0;
  std::int64_t accounts = 0;
  std::int64_t audit_rows = 0;
  std::string audit_head;  // hash of the last row; empty where there is none
};

// "12 decisions, 3 offences, ...".
[[nodiscard]] std::string in_words(const Contents& contents);

// What a database of Sluice holds. Fails if it is damaged, or belongs to another program or to a later
// version. Leaves no file beside it.
[[nodiscard]] Result<Contents> contents_of(const std::string& file);

// Writes the database as of one moment to a new file that only its owner can read. Others may write to the
// database meanwhile.
[[nodiscard]] Result<Contents> back_up(const std::string& database, const std::string& to);
// The same to a file that is open.
[[nodiscard]] Result<Contents> back_up(const std::string& database, const UniqueFd& to);

struct Restored {
  Contents contents;
  std::optional<std::string> aside;  // where the former database is kept; nothing when there was none
};
// Checks the backup, then puts a copy of it in the place of the database, with the owner of the former one or
// of its folder, brought up to date, and with `record` added to its audit log, whose outcome says what it
// holds. Fails while somebody has the database open. Until all of it is ready nothing is changed.
[[nodiscard]] Result<Restored> restore(const std::string& backup, const std::string& database,
                                       AuditRecord record, WallTime now);

}  // namespace sluice::store
