// SPDX-License-Identifier: Apache-2.0
// doctor: everything that could make protection absent without anybody noticing, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// What the daemon finds, or that it does not answer.
[[nodiscard]] std::vector<control::CheckRow> examine(const Context& context);

// kOk where nothing is wrong (a note is no fault), kFailed where something is, or where nobody answers.
[[nodiscard]] int doctor(const Context& context);

[[nodiscard]] std::string doctor_text(const std::vector<control::CheckRow>& checks, const Style& style);

}  // namespace sluice::ctl
