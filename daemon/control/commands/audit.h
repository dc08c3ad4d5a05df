// SPDX-License-Identifier: Apache-2.0
// audit: the audit log, a page at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/audit_record.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol/command.h"

namespace sluice {

BOOST_DESCRIBE_STRUCT(AuditRecord, (), (seq, time, uid, name, role, command, what, reason, outcome))
BOOST_DESCRIBE_STRUCT(AuditRow, (AuditRecord), (previous, hash))

}  // namespace sluice

namespace sluice::control {

// Oldest rows first: those after row `after` that are not older than `since`.
struct AuditRequest {
  std::int64_t after = 0;
  std::optional<WallTime> since;
};
BOOST_DESCRIBE_STRUCT(AuditRequest, (), (after, since))

struct AuditAnswer {
  std::vector<AuditRow> rows;
  bool more = false;          // ask again, after the last of these
  std::int64_t head_seq = 0;  // the last row that the daemon knows to have written
  std::string head_hash;
  std::int64_t anchor_seq = 0;  // the last row that retention removed
  std::string anchor_hash;      // the first row that is left is chained to it
};
BOOST_DESCRIBE_STRUCT(AuditAnswer, (), (rows, more, head_seq, head_hash, anchor_seq, anchor_hash))

namespace commands {

struct Audit : Query<AuditRequest, AuditAnswer> {
  static constexpr std::string_view kName = "audit";
  static void check(const AuditRequest& request, Faults& faults) {
    if (request.after < 0) faults.add("after", "must be 0 or more");
  }
};

}  // namespace commands
}  // namespace sluice::control
