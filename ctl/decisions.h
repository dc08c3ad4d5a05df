// SPDX-License-Identifier: Apache-2.0
// decisions: those that are in force, or with --ended those that were. `list` is its former name.
#pragma once

#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

struct DecisionsArguments {
  std::string address;  // as typed; empty: all
  control::ListRequest filter;
  bool ended = false;
};

[[nodiscard]] int decisions(const Context& context, const DecisionsArguments& arguments);

[[nodiscard]] std::string decisions_text(const std::vector<control::DecisionRow>& rows, const Style& style,
                                         WallTime now);

// "block", "throttle 10/s (burst 30)", "block (not in effect)".
[[nodiscard]] std::string action_text(const control::DecisionRow& decision);

}  // namespace sluice::ctl
