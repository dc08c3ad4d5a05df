// SPDX-License-Identifier: Apache-2.0
// The signals of a decision as JSON:
// [{"heuristic":"decoy","weight":"6.5","text":"...","numbers":[["paths","1"]]}]. Numbers are texts because
// Boost.JSON may read a double back as its neighbour.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/finding.h"

namespace sluice::store {

[[nodiscard]] std::string write_signals(const std::vector<detection::Signal>& signals);
[[nodiscard]] Result<std::vector<detection::Signal>> read_signals(std::string_view text);

}  // namespace sluice::store
