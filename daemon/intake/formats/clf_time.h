// SPDX-License-Identifier: Apache-2.0
// The time stamp of the Common Log Format: "24/Nov/2026:08:07:24 +0200". Other forms: base/time.h.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "daemon/base/time.h"

namespace sluice::intake {

inline constexpr std::size_t kClfTimeBytes = 26;

inline constexpr std::array<std::string_view, 12> kMonthNames = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

// Exactly that form, English month names, years 1970 to 2200. Nothing for any other text or an impossible
// date.
[[nodiscard]] std::optional<WallTime> parse_clf_time(std::string_view text);

}  // namespace sluice::intake
