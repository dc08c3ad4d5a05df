// SPDX-License-Identifier: Apache-2.0
// Finds out in which format a log is that nobody describes, by reading its first lines in all of them: the
// one counts that gets most out of them. Says of a line that cannot be read which format is nearest. Used
// when whole files are read; opens nothing itself.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/intake/log_options.h"

namespace sluice::intake {

// The options by which such a log is tried: first those of the configuration that say more than their format,
// then the guesses of every format.
[[nodiscard]] std::vector<LogOptions> candidates(const std::vector<LogOptions>& configured);

// The options that get the most out of these lines: clients, times, methods, hosts, referers and user agents
// that look like such. Of several the first; null if no line can be read. A line without its newline at the
// end of the text does not count unless it is the only one.
[[nodiscard]] const LogOptions* recognise(std::string_view text, std::span<const LogOptions> formats);

// The first line of the text that is not empty and that none of the formats can read, in words: its number,
// the format that gets furthest with it, where that one fails, and the line itself, escaped. Empty where
// there is no such line.
[[nodiscard]] std::string explain_unreadable(std::string_view text, std::span<const LogOptions> formats);

}  // namespace sluice::intake
