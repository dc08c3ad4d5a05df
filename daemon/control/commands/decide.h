// SPDX-License-Identifier: Apache-2.0
// block, throttle and allow: decisions of an operator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

struct DecideRequest {
  Action action = Action::unset;         // block, throttle or allow: the name of the command
  std::vector<WrittenPrefix> addresses;  // 1 to kMaxAddresses
  // 1 to kMaxForSeconds. None: the configured time, for an allow no end.
  std::optional<std::int64_t> for_seconds;
  std::string reason;  // at most kMaxReason bytes, no control characters; may be empty
  // The program that decides in the operator's name: the actor is "operator NAME via PROGRAM", so that it and
  // the operator do not replace each other's decisions. Empty: none.
  std::string via;
  std::optional<std::int64_t> rate;   // throttle: packets a second, 1 to kMaxRate; else the configured one
  std::optional<std::int64_t> burst;  // throttle: packets at once, 1 to kMaxRate; else the configured ones
  // The address that the operator says to be connected from, so that nobody locks himself out. It can only
  // make the daemon refuse more.
  OrEmpty<Address> connected_from;
};
BOOST_DESCRIBE_STRUCT(DecideRequest, (), (addresses, for_seconds, reason, via, rate, burst, connected_from))

// What became of one address of a DecideRequest.
struct AddressResult {
  Prefix address;  // as it stands in the ledger: "2001:db8::/64"
  Outcome outcome = Outcome::unset;
  bool armed = false;             // what was asked for is now in effect on packets
  std::string note;               // in words; always there for kept, overruled and refused
  std::optional<WallTime> until;  // of the decision that now stands; none when refused
};
BOOST_DESCRIBE_STRUCT(AddressResult, (), (address, outcome, armed, note, until))

struct DecideAnswer {
  std::vector<AddressResult> results;  // one for each address, in order
};
BOOST_DESCRIBE_STRUCT(DecideAnswer, (), (results))

// What the requests that carry decisions have in common: `place` is where the field stands.
void check_reason(const std::string& reason, std::string_view place, Faults& faults);
// At most kMaxVia of a-z, 0-9, '.', '_' and '-'.
void check_via(const std::string& via, std::string_view place, Faults& faults);
// "alice", or "alice via fail2ban".
[[nodiscard]] std::string operator_name(std::string_view caller, std::string_view via);
void check_range(const std::optional<std::int64_t>& value, std::int64_t largest, std::string_view place,
                 Faults& faults);

namespace commands {

struct Decide : Command<DecideRequest, DecideAnswer> {
  static constexpr std::array<std::string_view, 3> kNames = {"block", "throttle", "allow"};
  static DecideRequest request_of(std::string_view name);
  static std::string_view name_of(const DecideRequest& request) { return to_text(request.action); }

  // An allow without end is a policy.
  static bool is_endless(const DecideRequest& request) {
    return request.action == Action::allow && !request.for_seconds;
  }
  static Role role_of(const DecideRequest& request) {
    return is_endless(request) ? Role::policy_owner : Role::operator_;
  }
  static std::string in_words(const DecideRequest& request);

  static bool undoes(const DecideRequest& request) { return request.action == Action::allow; }
  static void check(const DecideRequest& request, Faults& faults);
  static std::optional<AuditEntry> audit_entry(const DecideRequest& request);
  static std::string outcome(const DecideAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
