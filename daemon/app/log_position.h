// SPDX-License-Identifier: Apache-2.0
// The place in a log as the text that the store keeps: intake/ and store/ do not know each other.
#pragma once

#include <optional>
#include <string>

#include "daemon/intake/log_file.h"

namespace sluice::app {

// "DEVICE INODE OFFSET HEAD_BYTES HEAD_HASH"; reads back what it writes, nothing where the text is another's.
[[nodiscard]] std::string to_text(const intake::Position& position);
[[nodiscard]] std::optional<intake::Position> position_from(const std::string& text);

}  // namespace sluice::app
