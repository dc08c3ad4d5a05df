// SPDX-License-Identifier: Apache-2.0
// How commands that go on until somebody ends them learn of it. Used by watch and capture.
#pragma once

#include <optional>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"

namespace sluice::ctl {

// Readable when the operator wants an end (Ctrl-C, SIGTERM), or when the time is over. The signals stay
// blocked: the process ends with the command.
[[nodiscard]] Result<UniqueFd> catch_interrupts(std::optional<Seconds> time = {});

}  // namespace sluice::ctl
