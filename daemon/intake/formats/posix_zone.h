// SPDX-License-Identifier: Apache-2.0
// The rule at the end of a file of a time zone, which says how the zone goes on after the last change that
// the file lists: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1-2017, 8.3, and RFC 8536, 3.3.1). Pure. Used by
// time_zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::intake {

class PosixZone {
 public:
  // Nothing where the text is no such rule.
  [[nodiscard]] static std::optional<PosixZone> parse(std::string_view text);

  // Seconds that clocks are ahead of UTC at that time, which is in seconds since 1970.
  [[nodiscard]] std::int64_t offset_at(std::int64_t utc) const;

 private:
  // A day of each year, and the time of that day at which clocks change.
  struct Change {
    enum class Kind : std::uint8_t { weekday_of_month, day_of_year, day_without_leap } kind{};
    int month = 0, week = 0,
        weekday = 0;              // of weekday_of_month: 1 to 12, 1 to 5 (the last one), 0 for Sunday
    int day = 0;                  // of the others: 0 to 365, or 1 to 365 without 29 February
    std::int64_t seconds = 7200;  // on the clock before the change

    [[nodiscard]] std::int64_t in_year(int year) const;  // local seconds since 1970
  };
  static bool take_change(std::string_view& text, Change& change);

  std::int64_t standard_ = 0;  // seconds ahead of UTC
  std::int64_t summer_ = 0;
  bool has_summer_ = false;
  Change to_summer_;
  Change to_standard_;
};

}  // namespace sluice::intake
