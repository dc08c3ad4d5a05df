// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/clf_time.h"

#include <array>

namespace sluice::intake {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The number that the `width` digits at `at` write; -1 if they are not digits.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

unsigned month_at(std::string_view text, std::size_t at) {
  const std::string_view name = text.substr(at, 3);
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return i + 1;
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
  const int day = digits(text, 0, 2);
  const int year = digits(text, 7, 4);
  const int hour = digits(text, 12, 2);
  const int minute = digits(text, 15, 2);
  const int second = digits(text, 18, 2);
  const int offset_hour = digits(text, 22, 2);
  const int offset_minute = digits(text, 24, 2);
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
