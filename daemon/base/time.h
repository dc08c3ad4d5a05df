// SPDX-License-Identifier: Apache-2.0
// Points in time and lengths of time, each with a type of its own, and their text forms. Reads no clock: see
// clock.h.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice {

using Nanoseconds = std::chrono::nanoseconds;
using Seconds = std::chrono::seconds;

// Since 1970 in UTC, as logs and people write it.
using WallTime = std::chrono::sys_time<Nanoseconds>;

// "Without end": only an allow may have it.
inline constexpr WallTime kForever = WallTime::max();

// The kernel's CLOCK_MONOTONIC, which bpf_ktime_get_ns() reads too. Not comparable with WallTime.
struct KernelTime {
  std::uint64_t ns = 0;
  auto operator<=>(const KernelTime&) const = default;
};

// "45s", "15m", "4h", "7d", "2w", or several in falling order as in "1h30m". No sign, no fraction, no white
// space.
[[nodiscard]] Result<Seconds> parse_duration(std::string_view text);

// What parse_duration reads back, in days and smaller units: "365d", "1h30m". Zero is "0s".
[[nodiscard]] std::string format_duration(Seconds duration);

// RFC 3339 in UTC. "2026-11-24T06:07:24Z"; kForever is "never".
[[nodiscard]] std::string format_time(WallTime time);

// RFC 3339 with any offset and fraction (kept to the nanosecond): "2026-11-24T08:07:24.5+02:00".
[[nodiscard]] Result<WallTime> parse_time(std::string_view text);

}  // namespace sluice
