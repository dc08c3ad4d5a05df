// SPDX-License-Identifier: Apache-2.0
// Copies of the database, while the daemon runs or not, and the way back, which needs it stopped. Used by
// `sluiced backup` and `sluiced restore`; the running daemon knows nothing of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/audit_record.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::store {

struct Contents {
  std::int64_t schema = 0;
  std::int64_t decisions = 0;
  std::int64_t offences = 0;
  std::int64_t accounts = 0;
  std::int64_t audit_rows = 0;
  std::string audit_head;  // hash of the last row; empty where there is none
};

// What a database of ours holds. Fails in words on one that is damaged, of another program or of a later
// version. Leaves nothing beside the file.
[[nodiscard]] Result<Contents> contents_of(const std::string& file);

// The database as it is at one moment, whoever writes to it meanwhile, to a file that does not exist yet and
// that is made for its owner alone.
[[nodiscard]] Result<Contents> back_up(const std::string& database, const std::string& to);

struct Restored {
  Contents contents;
  std::optional<std::string> aside;  // where the former database is kept; nothing when there was none
};
// Checks the backup, then puts a copy of it in the place of the database, with the owner of the former one or
// of its folder, brought up to date, and with `record` added to its audit log. Fails while somebody has the
// database open. Until all of it is ready nothing is changed.
[[nodiscard]] Result<Restored> restore(const std::string& backup, const std::string& database,
                                       AuditRecord record, WallTime now);

}  // namespace sluice::store
