// SPDX-License-Identifier: Apache-2.0
// audit: who changed what, and whether that log is whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ctl/context.h"
#include "daemon/base/audit_record.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

struct AuditArguments {
  std::string since;  // --since: "2h", or an RFC 3339 time; empty: all
  bool verify = false;
  std::string expect;  // --expect: a hash that was noted earlier
};

// With --verify: kFailed where the chain is broken, or the hash that is expected is not in it.
[[nodiscard]] int audit(const Context& context, const AuditArguments& arguments);

// Walks the chain from its beginning; the rows come in their order.
class AuditVerifier {
 public:
  explicit AuditVerifier(std::string expect) : expect_(std::move(expect)) {}

  // The place in the chain before the first row.
  void begin(std::int64_t anchor_seq, std::string anchor_hash);
  void take(const AuditRow& row);
  // What the daemon knows to have written last.
  void end(std::int64_t head_seq, const std::string& head_hash);

  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }  // the first, in words
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] const std::string& head() const { return hash_; }
  [[nodiscard]] std::int64_t head_seq() const { return seq_; }

 private:
  void break_at(std::string what) {
    if (!fault_) fault_ = std::move(what);
  }

  std::string expect_;
  bool expected_seen_ = false;
  std::int64_t seq_ = 0;
  std::string hash_;
  std::uint64_t rows_ = 0;
  std::optional<std::string> fault_;
};

[[nodiscard]] std::string audit_line(const AuditRow& row, const Style& style);

}  // namespace sluice::ctl
