// SPDX-License-Identifier: Apache-2.0
// The times that envelopes begin with: only their form is looked at, for the line inside has its own. Used by
// the envelopes.
#pragma once

#include <string_view>

namespace sluice::intake {

// Whether the text begins with "2026-11-30T11:00:00", a fraction or a zone of any kind, and a space.
[[nodiscard]] bool is_rfc3339_stamp(std::string_view text);

// Takes the time off that a syslog daemon or journalctl writes before a message, and the space behind it:
//   Nov 30 11:00:00           RFC 3164; with a fraction too, or with the year behind the day
//   2026-11-30T11:00:00.123456+01:00
//   Mon 2026-11-30 11:00:00 CET        journalctl -o short-full, with-unit
//   1764500000.123456         -o short-unix
//   [  123.456789]            -o short-monotonic
// Whether there was one.
[[nodiscard]] bool skip_stamp(std::string_view& text);

}  // namespace sluice::intake
