// SPDX-License-Identifier: Apache-2.0
// One row of the audit log and the hash that chains it to the row before. Both sides compute the hash: the
// store when it writes a row, sluicectl when it verifies what it was given. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/sha256.h"
#include "daemon/base/time.h"

namespace sluice {

// Text is UTF-8 without control characters (audit_text), so that it comes through JSON as it was hashed.
struct AuditRecord {
  std::int64_t seq = 0;   // from 1, without gaps
  WallTime time{};        // whole seconds
  std::int64_t uid = -1;  // as the kernel told it; -1: the daemon itself
  std::string name;       // of that user; "sluiced" for the daemon itself
  std::string role;       // as in control/peer.h; empty for the daemon itself
  std::string command;    // "block"; of the daemon itself "start", "configuration", "stop", "retention"
  std::string what;       // addresses, a digest
  std::string reason;     // as the operator gave it; may be empty
  std::string outcome;    // "asked" before anything is done, then what became of it
};

// With its place in the chain.
struct AuditRow : AuditRecord {
  std::string previous;  // hash of the row before
  std::string hash;      // audit_hash(previous, the rest)
};

// What the first row of all is chained to.
inline constexpr std::string_view kAuditBegin =
    "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256 over `previous` and then seq, time (RFC 3339 in UTC), uid, name, role, command, what, reason,
// outcome, each as a netstring ("5:block,"): no two records share their bytes.
[[nodiscard]] std::string audit_hash(std::string_view previous, const AuditRecord& record);

// The text with what an AuditRecord's may not hold replaced by '?'.
[[nodiscard]] std::string audit_text(std::string_view text);

}  // namespace sluice
