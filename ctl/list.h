// SPDX-License-Identifier: Apache-2.0
// list: the decisions in force.
#pragma once

#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

[[nodiscard]] int list(const Context& context, const control::ListRequest& request);

[[nodiscard]] std::string list_text(const std::vector<control::DecisionRow>& decisions, const Style& style,
                                    WallTime now);

// "block", "throttle 10/s (burst 30)", "block (not in effect)".
[[nodiscard]] std::string action_text(const control::DecisionRow& decision);

}  // namespace sluice::ctl
