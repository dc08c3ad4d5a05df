// SPDX-License-Identifier: Apache-2.0
// unblock and disallow: end decisions. unblock ends denials, disallow allows; neither ends the other's.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// Which decisions end.
enum class Ends : std::uint8_t { unset, denials, allows };

// Ends what stands for exactly these addresses. With `all` also what covers them or lies within; and without
// addresses every denial there is.
struct UnblockRequest {
  std::vector<WrittenPrefix> addresses{};  // 1 to kMaxAddresses; none only with `all`
  bool all = false;
  Actor by{};                 // only decisions of this actor or of its kind; unset: of everybody
  std::string via{};          // only those that the caller made through this program
  std::string reason{};       // for the audit log; at most kMaxReason bytes, no control characters
  Ends ends = Ends::denials;  // the name of the command
};
BOOST_DESCRIBE_STRUCT(UnblockRequest, (), (addresses, all, by, via, reason))

struct UnblockResult {
  Prefix address;                  // as it stands in the ledger
  std::vector<std::string> ended;  // "block by operator alice", in words; empty when nothing stood for it
  std::vector<std::string> still_covered;  // "blocked by 198.51.100.0/24, operator alice, until 2026-..."
  std::string note;                        // why nothing ended, where that needs saying
};
BOOST_DESCRIBE_STRUCT(UnblockResult, (), (address, ended, still_covered, note))

struct UnblockAnswer {
  std::vector<UnblockResult>
      results{};            // one for each address, in order; of all there are, the first hundred
  std::uint64_t ended = 0;  // decisions
};
BOOST_DESCRIBE_STRUCT(UnblockAnswer, (), (results, ended))

namespace commands {

struct Unblock : Command<UnblockRequest, UnblockAnswer> {
  static constexpr std::array<std::string_view, 2> kNames = {"unblock", "disallow"};
  static UnblockRequest request_of(std::string_view name);
  static std::string_view name_of(const UnblockRequest& request) {
    return request.ends == Ends::allows ? kNames[1] : kNames[0];
  }
  // To end every denial there is lifts the protection.
  static Role role_of(const UnblockRequest& request) {
    return request.addresses.empty() ? Role::policy_owner : Role::operator_;
  }
  static std::string in_words(const UnblockRequest& request);

  static void check(const UnblockRequest& request, Faults& faults);
  static bool undoes(const UnblockRequest& request) { return request.ends == Ends::denials; }
  static std::optional<AuditEntry> audit_entry(const UnblockRequest& request);
  static std::string outcome(const UnblockAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
