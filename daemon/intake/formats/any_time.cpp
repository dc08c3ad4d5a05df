// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/any_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "daemon/base/text.h"
#include "daemon/intake/formats/clf_time.h"

namespace sluice::intake {
namespace {

constexpr std::uint64_t kLastSecond = 7'258'118'400;  // the year 2200

// Above this a number of the unit before would be beyond the year 2200, and below it one of this unit before
// the year 1973.
struct Unit {
  std::uint64_t from;
  std::uint64_t per_second;
};
constexpr std::array<Unit, 4> kUnits = {{{100'000'000'000'000'000, 1'000'000'000},
                                         {100'000'000'000'000, 1'000'000},
                                         {100'000'000'000, 1'000},
                                         {0, 1}}};

std::uint64_t units_per_second(double number) {
  const auto* unit =
      std::ranges::find_if(kUnits, [&](const Unit& u) { return number >= static_cast<double>(u.from); });
  return unit->per_second;
}

// Reads an epoch. Nothing if the text is no number; a number that is no possible time gives an empty time.
std::optional<std::optional<WallTime>> read_number(std::string_view text) {
  if (const auto whole = parse_number<std::uint64_t>(text)) return epoch_time(*whole);
  const char* const end = text.data() + text.size();
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || stop != end) return std::nullopt;
  return epoch_time(number);
}

// A date and a time of day, and what follows them.
struct Civil {
  std::chrono::year_month_day date{};
  int hour = -1, minute = -1, second = -1;

  [[nodiscard]] bool ok() const {
    const int number = static_cast<int>(date.year());
    return date.ok() && number >= 1970 && number <= 2200 && hour >= 0 && hour <= 23 && minute >= 0 &&
           minute <= 59 && second >= 0 && second <= 60;
  }
  [[nodiscard]] LocalSeconds local() const {
    return std::chrono::local_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           Seconds(second);
  }
};

void read_clock(std::string_view text, std::size_t at, Civil& civil) {
  civil.hour = digits_at(text, at, 2);
  civil.minute = digits_at(text, at + 3, 2);
  civil.second = digits_at(text, at + 6, 2);
}

std::chrono::year_month_day date_of(int year, unsigned month, int day) {
  return {std::chrono::year(year), std::chrono::month(month), std::chrono::day(static_cast<unsigned>(day))};
}

// "24/Nov/2026:08:07:24" or "2026-11-24T08:07:24", off the front of the text.
std::optional<Civil> take_civil(std::string_view& text) {
  Civil civil;
  if (text.size() >= 20 && text[2] == '/' && text[6] == '/') {
    if (text[11] != ':' || text[14] != ':' || text[17] != ':') return std::nullopt;
    const auto month = std::ranges::find_if(
        kMonthNames, [&](std::string_view name) { return name.substr(0, 3) == text.substr(3, 3); });
    const auto number = static_cast<unsigned>(month - kMonthNames.begin()) + 1;  // 13, which no date has
    civil.date = date_of(digits_at(text, 7, 4), number, digits_at(text, 0, 2));
    read_clock(text, 12, civil);
    text.remove_prefix(20);
  } else if (text.size() >= 19) {
    if ((text[4] != '-' && text[4] != '/') || text[7] != text[4] || text[13] != ':' || text[16] != ':' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) {
      return std::nullopt;
    }
    const int month = digits_at(text, 5, 2);
    civil.date =
        date_of(digits_at(text, 0, 4), month < 0 ? 0 : static_cast<unsigned>(month), digits_at(text, 8, 2));
    read_clock(text, 11, civil);
    text.remove_prefix(19);
  }
  return civil.ok() ? std::optional(civil) : std::nullopt;
}

std::optional<Nanoseconds> take_fraction(std::string_view& text) {
  if (!text.starts_with('.') && !text.starts_with(',')) return Nanoseconds(0);
  std::size_t at = 1;
  std::int64_t ns = 0;
  for (std::int64_t scale = 100'000'000; at < text.size() && is_digit(text[at]); ++at, scale /= 10)
    ns += (text[at] - '0') * scale;
  if (at == 1) return std::nullopt;
  text.remove_prefix(at);
  return Nanoseconds(ns);
}

// "Z", "+02:00", "+0200", "+02", with a blank before it or not. Takes all of the text.
std::optional<std::chrono::minutes> read_offset(std::string_view text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") return std::chrono::minutes(0);
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int hours = digits_at(text, 1, 2);
  std::string_view rest = text.substr(3);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const int minutes = rest.empty() ? 0 : digits_at(rest, 0, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || (!rest.empty() && rest.size() != 2))
    return std::nullopt;
  return std::chrono::minutes((text[0] == '-' ? -1 : 1) * (hours * 60 + minutes));
}

}  // namespace

std::optional<WallTime> epoch_time(std::uint64_t number) {
  const std::uint64_t per_second = units_per_second(static_cast<double>(number));
  if (number / per_second >= kLastSecond) return std::nullopt;
  const std::uint64_t fraction = number % per_second * (1'000'000'000 / per_second);
  return WallTime(Seconds(number / per_second) + Nanoseconds(fraction));
}

std::optional<WallTime> epoch_time(double number) {
  // The comparisons are false for NaN. A double still tells microseconds of a second apart in the year 2200.
  if (!(number >= 0)) return std::nullopt;
  const double seconds = number / static_cast<double>(units_per_second(number));
  if (!(seconds < static_cast<double>(kLastSecond))) return std::nullopt;
  return WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

std::optional<WallTime> any_time(std::string_view text, const TimeZone& zone) {
  if (text.size() < 5 || is_digit(text[4]) || text[4] == '.') {
    if (const auto number = read_number(text)) return *number;
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto civil = take_civil(text);
  if (!civil) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  if (text.empty()) return zone.to_utc(civil->local()) + *fraction;
  const auto offset = read_offset(text);
  if (!offset) return std::nullopt;
  return TimeZone::utc().to_utc(civil->local()) - *offset + *fraction;
}

}  // namespace sluice::intake
