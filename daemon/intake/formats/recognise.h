// SPDX-License-Identifier: Apache-2.0
// Finds out in which format a log is that nobody describes, by reading its first lines in all of them. Used
// when whole files are read; opens nothing itself.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "daemon/intake/log_options.h"

namespace sluice::intake {

// The options by which such a log is tried: first those of the configuration that say more than their format,
// then the guesses of every format.
[[nodiscard]] std::vector<LogOptions> candidates(const std::vector<LogOptions>& configured);

// The options by which the most of these lines can be read, the first of those by which as many can; null if
// none can. A line without its newline at the end of the text does not count unless it is the only one.
[[nodiscard]] const LogOptions* recognise(std::string_view text, std::span<const LogOptions> formats);

}  // namespace sluice::intake
