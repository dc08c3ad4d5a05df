// SPDX-License-Identifier: Apache-2.0
// explain: what is in force for an address, why, and what would change it, in words.
#pragma once

#include <string>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

[[nodiscard]] int explain(const Context& context, const std::string& address);

[[nodiscard]] std::string explain_text(const control::ExplainAnswer& answer, const Style& style,
                                       WallTime now);

}  // namespace sluice::ctl
