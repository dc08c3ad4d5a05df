// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/role_bounds.h"

#include <cmath>

#include <fmt/format.h>

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Decision;
using decisions::Ledger;

double share(unsigned length) {
  return std::ldexp(1.0, -static_cast<int>(length));
}

std::string too_wide(const config::ControlOptions& bounds, const Ledger& ledger, const Decision& decision) {
  const bool is_ipv4 = decision.source.family() == Family::ipv4;
  const unsigned widest = is_ipv4 ? bounds.widest_ipv4 : bounds.widest_ipv6;
  if (decision.source.length() < widest) {
    return fmt::format("wider than control.{} = {}: only a policy owner decides about so many addresses",
                       is_ipv4 ? "widest_ipv4" : "widest_ipv6", widest);
  }
  const Ledger::Slot slot = decision.action == Action::allow ? Ledger::Slot::allow : Ledger::Slot::denial;
  const bool is_new = ledger.find(decision.source, slot, decision.actor) == nullptr;
  const double together = ledger.share_of(decision.actor, slot, decision.source.family()) +
                          (is_new ? share(decision.source.length()) : 0);
  if (together <= bounds.widest_together * share(widest)) return {};
  return fmt::format(
      "all {} by {} together would cover more than control.widest_together = {} networks of the widest kind, /{}: only a "
      "policy owner decides about so many addresses",
      slot == Ledger::Slot::allow ? "allows" : "denials", to_string(decision.actor), bounds.widest_together,
      widest);
}

}  // namespace

std::string beyond_role(const control::Caller& caller, const config::ControlOptions& bounds,
                        const Ledger& ledger, const Decision& decision, WallTime now) {
  const bool owns_policy = caller.role >= control::Role::policy_owner;
  const bool is_too_long = decision.until == kForever || decision.until - now > bounds.max_for;
  if (is_too_long && (decision.action != Action::allow || !owns_policy))
    return fmt::format("longer than control.max_for = \"{}\"", format_duration(bounds.max_for));
  return owns_policy ? std::string() : too_wide(bounds, ledger, decision);
}

}  // namespace sluice::app
