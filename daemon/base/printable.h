// SPDX-License-Identifier: Apache-2.0
// Makes text of strangers safe to show to people: terminals obey control characters, and a log is made of
// lines.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// The text (a path, a user agent) with its control characters written as \x1b and the like, so that nobody
// writes to an operator's terminal or adds a line of his own to the log. Characters that turn the direction
// of writing, part lines or are not seen are written as \u202e: text could be shown as another one.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace sluice
