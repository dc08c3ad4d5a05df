// SPDX-License-Identifier: Apache-2.0
// unblock: takes decisions back.
#pragma once

#include <string>
#include <vector>

#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// Takes back what stands for exactly these, blocks and throttles as well as allows.
struct UnblockRequest {
  std::vector<WrittenPrefix> addresses;  // 1 to kMaxAddresses
};
BOOST_DESCRIBE_STRUCT(UnblockRequest, (), (addresses))

struct UnblockResult {
  Prefix address;                  // as it stands in the ledger
  std::vector<std::string> ended;  // "block by operator alice", in words; empty when nothing stood for it
  std::vector<std::string> still_covered;  // "blocked by 198.51.100.0/24, operator alice, until 2026-..."
  std::string note;                        // why nothing ended, where that needs saying
};
BOOST_DESCRIBE_STRUCT(UnblockResult, (), (address, ended, still_covered, note))

struct UnblockAnswer {
  std::vector<UnblockResult> results;  // one for each address, in order
};
BOOST_DESCRIBE_STRUCT(UnblockAnswer, (), (results))

namespace commands {

struct Unblock : Command<UnblockRequest, UnblockAnswer> {
  static constexpr std::string_view kName = "unblock";
  static constexpr Role kRole = Role::operator_;
  static void check(const UnblockRequest& request, Faults& faults) {
    if (request.addresses.empty()) faults.add("addresses", "at least one is needed");
  }
  static bool undoes(const UnblockRequest& /*request*/) { return true; }
  static std::optional<AuditEntry> audit_entry(const UnblockRequest& request);
  static std::string outcome(const UnblockAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
