// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/clf_time.h"

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

unsigned month_at(std::string_view text, std::size_t at) {
  const std::string_view name = text.substr(at, 3);
  for (unsigned i = 0; i < kMonthNames.size(); ++i) {
    if (kMonthNames[i].substr(0, 3) == name) return i + 1;
  }
  return 0;  // which no date has
}

}  // namespace

std::optional<WallTime> parse_clf_time(std::string_view text) {
  if (text.size() != kClfTimeBytes) return std::nullopt;
  if (text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' ||
      text[20] != ' ') {
    return std::nullopt;
  }
  const int day = digits_at(text, 0, 2);
  const int year = digits_at(text, 7, 4);
  const int hour = digits_at(text, 12, 2);
  const int minute = digits_at(text, 15, 2);
  const int second = digits_at(text, 18, 2);
  const int offset_hour = digits_at(text, 22, 2);
  const int offset_minute = digits_at(text, 24, 2);
  if (day < 0 || hour < 0 || minute < 0 || second < 0 || offset_hour < 0 || offset_minute < 0)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month_at(text, 3)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  if (offset_hour > 23 || offset_minute > 59 || (text[21] != '+' && text[21] != '-')) return std::nullopt;
  const int offset = (text[21] == '-' ? -1 : 1) * (offset_hour * 60 + offset_minute);
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset) +
         Seconds(second);
}

}  // namespace sluice::intake
