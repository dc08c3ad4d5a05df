// SPDX-License-Identifier: Apache-2.0
// The time zone of a log whose times name none: this host's, UTC, or one of the IANA time zone database. Used
// by the formats. Reads the host's files of zones (TZif, RFC 8536) once, when a zone is named.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::intake {

// What a clock on a wall shows: a date and a time of day, in seconds since 1970 as if it were UTC.
using LocalSeconds = std::chrono::local_seconds;

class TimeZone {
 public:
  [[nodiscard]] static TimeZone host();  // as the C library has it
  [[nodiscard]] static TimeZone utc();
  // "Europe/Berlin", "UTC". The error says what is wrong with the name or the file, and a remedy.
  [[nodiscard]] static Result<TimeZone> named(std::string_view name);
  // The content of a file of zones. An error where it is none.
  [[nodiscard]] static Result<TimeZone> from_tzif(std::string_view bytes);

  // When clocks in the zone showed that. Of the hour that they show twice in autumn, the first one; of the
  // hour that they leave out in spring, the time as if they had not been put forward yet.
  [[nodiscard]] WallTime to_utc(LocalSeconds local) const;

 private:
  struct Rules;
  enum class Kind : std::uint8_t { host, utc, rules };
  explicit TimeZone(Kind kind) : kind_(kind) {}

  Kind kind_;
  std::shared_ptr<const Rules> rules_;  // of Kind::rules
};

// The zone of that name; `usual` where it is empty. The error begins with the key of the configuration.
[[nodiscard]] Result<TimeZone> zone_or(std::string_view name, TimeZone usual);

// Whether the text may name a zone: letters, digits, '_', '+', '-' and '/', and no way out of the folder of
// zones.
[[nodiscard]] bool is_zone_name(std::string_view text);

}  // namespace sluice::intake
