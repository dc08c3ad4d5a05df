// SPDX-License-Identifier: Apache-2.0
// From a text to a TOML table, within bounds. Private to config/.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "daemon/config/report.h"
#include "daemon/config/toml.h"

namespace sluice::config {

inline constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;

// The table that a text is, or nothing, which was refused.
[[nodiscard]] std::optional<toml::table> parse_toml(std::string_view text, Report& report);

}  // namespace sluice::config
