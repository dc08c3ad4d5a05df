// SPDX-License-Identifier: Apache-2.0
// pardon: ends the denials of a source and forgets what it was blocked for before.
#pragma once

#include <string>
#include <vector>

#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

struct PardonRequest {
  std::vector<WrittenPrefix> addresses{};  // 1 to kMaxAddresses
  std::string reason{};                    // as in UnblockRequest
};
BOOST_DESCRIBE_STRUCT(PardonRequest, (), (addresses, reason))

struct PardonResult {
  Prefix address;                          // as it stands in the ledger
  std::vector<std::string> ended;          // "block by detector", in words
  std::uint64_t blocks_forgotten = 0;      // earlier ones, which would have made the next one longer
  std::vector<std::string> still_covered;  // as in UnblockResult
};
BOOST_DESCRIBE_STRUCT(PardonResult, (), (address, ended, blocks_forgotten, still_covered))

struct PardonAnswer {
  std::vector<PardonResult> results{};  // one for each address, in order
};
BOOST_DESCRIBE_STRUCT(PardonAnswer, (), (results))

namespace commands {

struct Pardon : Command<PardonRequest, PardonAnswer> {
  static constexpr std::string_view kName = "pardon";
  static constexpr Role kRole = Role::operator_;
  static bool undoes(const PardonRequest& /*request*/) { return true; }
  static void check(const PardonRequest& request, Faults& faults);
  static std::optional<AuditEntry> audit_entry(const PardonRequest& request);
  static std::string outcome(const PardonAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
