// SPDX-License-Identifier: Apache-2.0
// Reads a time in whichever form of those that servers write, told apart by their looks: for logs whose
// format does not say the form, JSON above all. A form that the operator describes is time_format.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/base/time.h"
#include "daemon/intake/formats/time_zone.h"

namespace sluice::intake {

// A number of seconds, milli-, micro- or nanoseconds since 1970. Its size says which: between 1973 and 2200
// they do not overlap. Nothing for a negative number or a time after 2200.
[[nodiscard]] std::optional<WallTime> epoch_time(std::uint64_t number);
[[nodiscard]] std::optional<WallTime> epoch_time(double number);

// RFC 3339 and ISO 8601 ("2026-11-24T08:07:24.5+0200", with a blank for the T, '/' for '-' or without a
// zone), the Common Log Format with or without brackets, fraction and zone ("24/Nov/2026:08:07:24 +0200"), or
// a number as above. A time without a zone is one of `zone`. Nothing for any other text or an impossible
// date.
[[nodiscard]] std::optional<WallTime> any_time(std::string_view text, const TimeZone& zone);

}  // namespace sluice::intake
