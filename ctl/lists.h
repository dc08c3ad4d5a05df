// SPDX-License-Identifier: Apache-2.0
// lists: the lists of the configuration and what they were hit with.
#pragma once

#include <string>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

[[nodiscard]] int lists(const Context& context);

[[nodiscard]] std::string lists_text(const control::ListsAnswer& answer, const Style& style, WallTime now);

}  // namespace sluice::ctl
