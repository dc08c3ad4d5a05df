// SPDX-License-Identifier: Apache-2.0
// watch: events as they happen.
#pragma once

#include <string>

#include "ctl/context.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// Until Ctrl-C or SIGTERM (kOk), or until the daemon goes (kFailed).
[[nodiscard]] int watch(const Context& context);

[[nodiscard]] std::string event_text(const control::Event& event, const Style& style);  // one line

}  // namespace sluice::ctl
