// SPDX-License-Identifier: Apache-2.0
// watch: events as they happen.
#pragma once

#include <string>

#include "ctl/context.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// Until Ctrl-C or SIGTERM (kOk), or until the daemon goes (kFailed).
// `frames`: what to watch beside events or instead of them, as in control::WatchRequest.
[[nodiscard]] int watch(const Context& context, control::FrameKind frames);

[[nodiscard]] std::string event_text(const control::Event& event, const Style& style);  // one line
[[nodiscard]] std::string frame_text(const control::Frame& frame, const Style& style);  // one line

}  // namespace sluice::ctl
