// SPDX-License-Identifier: Apache-2.0
// import: decisions that were made elsewhere, put to the ledger in the name of an operator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// One decision that was made elsewhere. The fields are as in DecideRequest.
struct ImportRow {
  OrEmpty<WrittenPrefix> source;  // from parse_request never empty
  Action action = Action::unset;  // block, throttle or allow
  std::optional<WallTime> until;  // kForever only for an allow; none: as without for_seconds there
  std::string reason;
  std::optional<std::int64_t> rate;
  std::optional<std::int64_t> burst;
};
BOOST_DESCRIBE_STRUCT(ImportRow, (), (source, action, until, reason, rate, burst))

// Never makes a decision in force milder or shorter, whoever made it.
struct ImportRequest {
  std::vector<ImportRow> decisions;  // 1 to kMaxAddresses
  bool dry_run = false;              // say what would become of each, and do nothing
  OrEmpty<Address> connected_from;   // as in DecideRequest
};
BOOST_DESCRIBE_STRUCT(ImportRequest, (), (decisions, dry_run, connected_from))

// One row of an ImportRequest of which not all that was asked for is now in effect.
struct ImportNote {
  std::int64_t number = 0;  // in the request, from 0
  Prefix address;
  Outcome outcome = Outcome::unset;  // overruled or refused
  std::string note;                  // in words
};
BOOST_DESCRIBE_STRUCT(ImportNote, (), (number, address, outcome, note))

// How many rows of an ImportRequest became what. In a dry run, would become.
struct ImportAnswer {
  std::uint64_t added = 0;
  std::uint64_t replaced = 0;
  std::uint64_t kept = 0;
  std::uint64_t overruled = 0;
  std::uint64_t refused = 0;
  std::vector<ImportNote> notes;  // in order
};
BOOST_DESCRIBE_STRUCT(ImportAnswer, (), (added, replaced, kept, overruled, refused, notes))

namespace commands {

struct Import : Command<ImportRequest, ImportAnswer> {
  static constexpr std::string_view kName = "import";

  // Whether it would allow something without end, which is a policy.
  static bool is_endless(const ImportRequest& request);
  static Role role_of(const ImportRequest& request) {
    return is_endless(request) ? Role::policy_owner : Role::operator_;
  }
  static std::string in_words(const ImportRequest& request) {
    return is_endless(request) ? "to import an allow without end" : std::string(kName);
  }

  static void check(const ImportRequest& request, Faults& faults);
  static std::optional<AuditEntry> audit_entry(const ImportRequest& request);
  static std::string outcome(const ImportAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
