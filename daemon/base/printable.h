// SPDX-License-Identifier: Apache-2.0
// What strangers sent, on its way to people: terminals obey control characters, and a log is made of lines.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// Text that may hold what a stranger sent (a path, a user agent): control characters become \x1b and the
// like, so that nobody writes to an operator's terminal
// or a line of his own into the log.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace sluice
