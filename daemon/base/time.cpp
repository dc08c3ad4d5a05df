// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/time.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice {
namespace {

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 6> kUnits = {
    {{'y', 365 * 86400}, {'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kLongestSeconds =
    10LL * 366 * 86400;  // ten years: beyond it a typing error is likelier

Error bad_duration(std::string_view text) {
  return Error(
      fmt::format("'{}' is not a duration; write it as 45s, 15m, 4h, 7d or 1h30m", text.substr(0, 32)));
}

}  // namespace

Result<Seconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t previous_unit = INT64_MAX;
  std::string_view rest = text;
  if (rest.empty()) return bad_duration(text);
  while (!rest.empty()) {
    std::int64_t count = 0;
    const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (ec != std::errc() || end == rest.data() + rest.size() || count < 0) return bad_duration(text);
    const auto unit = std::ranges::find(kUnits, *end, &Unit::letter);
    if (unit == kUnits.end() || unit->seconds >= previous_unit) return bad_duration(text);
    if (count > kLongestSeconds / unit->seconds) return bad_duration(text);
    total += count * unit->seconds;
    previous_unit = unit->seconds;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  }
  if (total > kLongestSeconds) return bad_duration(text);
  return Seconds(total);
}

std::string format_duration(Seconds duration) {
  std::int64_t rest = std::max<std::int64_t>(duration.count(), 0);
  std::string text;
  for (const Unit& unit : kUnits) {
    if (rest < unit.seconds || unit.letter == 'w' || unit.letter == 'y') continue;  // days are exact
    text += fmt::format("{}{}", rest / unit.seconds, unit.letter);
    rest %= unit.seconds;
  }
  return text.empty() ? "0s" : text;
}

std::string format_time(WallTime time) {
  if (time == kForever) return "never";
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<Seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<WallTime> parse_time(std::string_view text) {
  const auto bad = [&] {
    return Error(
        fmt::format("'{}' is not an RFC 3339 time such as 2026-11-24T06:07:24Z", text.substr(0, 40)));
  };
  const auto is = [&](std::size_t at, std::string_view any_of) {
    return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
  };
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return bad();
  if (!is(4, "-") || !is(7, "-") || !is(10, "Tt ") || !is(13, ":") || !is(16, ":")) return bad();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // Nanoseconds since 1970 fit 64 bits from 1677 to 2262.
  if (!date.ok() || year < 1700 || year > 2200 || hour > 23 || minute > 59 || second > 60) return bad();

  std::size_t at = 19;
  std::int64_t fraction_ns = 0;
  if (is(at, ".,")) {
    ++at;
    const std::size_t first = at;
    std::int64_t scale = 100'000'000;
    for (; is(at, "0123456789"); ++at, scale /= 10)
      fraction_ns += (text[at] - '0') * scale;
    if (at == first) return bad();
  }
  std::int64_t offset_minutes = 0;
  if (is(at, "Zz")) {
    ++at;
  } else if (is(at, "+-")) {
    const int offset_hour = digits_at(text, at + 1, 2);
    const std::size_t minute_at =
        is(at + 3, ":") ? at + 4 : at + 3;  // Apache and some JSON logs leave the colon out
    const int offset_minute = digits_at(text, minute_at, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59) return bad();
    offset_minutes = (text[at] == '-' ? -1 : 1) * (offset_hour * 60 + offset_minute);
    at = minute_at + 2;
  } else {
    return bad();
  }
  if (at != text.size()) return bad();
  const WallTime time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                        std::chrono::minutes(minute - offset_minutes) + Seconds(second) +
                        Nanoseconds(fraction_ns);
  // The offset may lead out of the years above: what format_time writes must be read back.
  constexpr std::chrono::sys_days kFirst = std::chrono::year(1700) / 1 / 1;
  constexpr std::chrono::sys_days kEnd = std::chrono::year(2201) / 1 / 1;
  if (time < kFirst || time >= kEnd) return bad();
  return time;
}

}  // namespace sluice
