// SPDX-License-Identifier: Apache-2.0
// block, throttle, allow, unblock, disallow, pardon.
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
  std::string via;
  std::string rate;
  std::string burst;
  bool yes = false;  // ask nothing
};

struct UnblockArguments {
  control::UnblockRequest request;
  std::vector<std::string> addresses;
};

[[nodiscard]] int decide(const Context& context, const DecideArguments& arguments, std::istream& input);
// unblock and disallow.
[[nodiscard]] int unblock(const Context& context, const UnblockArguments& arguments, std::istream& input);

[[nodiscard]] int pardon(const Context& context, const std::vector<std::string>& addresses,
                         const std::string& reason, std::istream& input);

// The question before a decision about networks so wide that it is asked: "block 10.0.0.0/8 (16,777,216
// addresses)? [y/N] "; empty where none is.
[[nodiscard]] std::string question(control::Action action,
                                   const std::vector<control::WrittenPrefix>& addresses);

// A line for each address; says "blocked" only of what is dropping packets. Several addresses: a sum at the
// end.
[[nodiscard]] std::string decide_text(const control::DecideAnswer& answer, control::Action action,
                                      const Style& style, WallTime now);
[[nodiscard]] std::string pardon_text(const control::PardonAnswer& answer, const Style& style);
[[nodiscard]] std::string unblock_text(const control::UnblockAnswer& answer, const Style& style);

}  // namespace sluice::ctl
