// SPDX-License-Identifier: Apache-2.0
// status, reload, version: the daemon itself.
#pragma once

#include <string>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

[[nodiscard]] int status(const Context& context);
[[nodiscard]] int reload(const Context& context);
[[nodiscard]] int version(const Context& context);

[[nodiscard]] std::string status_text(const control::StatusAnswer& answer, const Style& style, WallTime now);

}  // namespace sluice::ctl
