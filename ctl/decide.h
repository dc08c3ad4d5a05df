// SPDX-License-Identifier: Apache-2.0
// block, throttle, allow, unblock.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// As typed: all of it is checked together, so that all faults show at once.
struct DecideArguments {
  control::Action action = control::Action::unset;  // block, throttle or allow
  std::vector<std::string> addresses;
  std::string duration;  // --for; empty: not given, as the rest
  std::string reason;
  std::string rate;
  std::string burst;
};

[[nodiscard]] int decide(const Context& context, const DecideArguments& arguments, std::istream& input);
[[nodiscard]] int unblock(const Context& context, const std::vector<std::string>& addresses,
                          std::istream& input);

// A line for each address; says "blocked" only of what is dropping packets. Several addresses: a sum at the
// end.
[[nodiscard]] std::string decide_text(const control::DecideAnswer& answer, control::Action action,
                                      const Style& style, WallTime now);
[[nodiscard]] std::string unblock_text(const control::UnblockAnswer& answer, const Style& style);

}  // namespace sluice::ctl
