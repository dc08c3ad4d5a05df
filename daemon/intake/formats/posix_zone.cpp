// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/posix_zone.h"

#include <algorithm>
#include <chrono>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

constexpr std::int64_t kDay = 86400;

// "CET" or "<+03>".
bool take_name(std::string_view& text) {
  if (text.starts_with('<')) {
    const auto close = text.find('>');
    if (close == std::string_view::npos) return false;
    text.remove_prefix(close + 1);
    return true;
  }
  const auto end = std::ranges::find_if_not(text, [](char c) { return is_letter(c); });
  const auto size = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(size);
  return size >= 3;
}

// Up to three digits, at most `most`.
bool take_number(std::string_view& text, int most, int& number) {
  std::size_t size = 0;
  number = 0;
  while (size < 3 && size < text.size() && is_digit(text[size]))
    number = number * 10 + (text[size++] - '0');
  text.remove_prefix(size);
  return size > 0 && number <= most;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "-1", "+3:30", "2:00:00" in seconds; up to a week, as RFC 8536 allows for the time of a change.
bool take_time(std::string_view& text, std::int64_t& seconds) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  int hours = 0;
  int minutes = 0;
  int rest = 0;
  if (!take_number(text, 167, hours)) return false;
  if (take(text, ':') && !take_number(text, 59, minutes)) return false;
  if (take(text, ':') && !take_number(text, 59, rest)) return false;
  seconds = (negative ? -1 : 1) * (hours * 3600LL + minutes * 60 + rest);
  return true;
}

int year_of(std::int64_t seconds) {
  const auto day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

}  // namespace

bool PosixZone::take_change(std::string_view& text, Change& change) {
  using Kind = Change::Kind;
  if (take(text, 'M')) {
    change.kind = Kind::weekday_of_month;
    if (!take_number(text, 12, change.month) || !take(text, '.') || !take_number(text, 5, change.week) ||
        !take(text, '.') || !take_number(text, 6, change.weekday) || change.month < 1 || change.week < 1) {
      return false;
    }
  } else {
    change.kind = take(text, 'J') ? Kind::day_without_leap : Kind::day_of_year;
    if (!take_number(text, 365, change.day)) return false;
    if (change.kind == Kind::day_without_leap && change.day < 1) return false;
  }
  return !take(text, '/') || take_time(text, change.seconds);
}

std::optional<PosixZone> PosixZone::parse(std::string_view text) {
  PosixZone zone;
  std::int64_t behind = 0;  // POSIX counts west of Greenwich
  if (!take_name(text) || !take_time(text, behind)) return std::nullopt;
  zone.standard_ = -behind;
  if (text.empty()) return zone;
  if (!take_name(text)) return std::nullopt;
  zone.has_summer_ = true;
  zone.summer_ = zone.standard_ + 3600;
  if (!text.starts_with(',')) {
    if (!take_time(text, behind)) return std::nullopt;
    zone.summer_ = -behind;
  }
  if (!take(text, ',') || !take_change(text, zone.to_summer_) || !take(text, ',') ||
      !take_change(text, zone.to_standard_) || !text.empty()) {
    return std::nullopt;
  }
  return zone;
}

std::int64_t PosixZone::Change::in_year(int number) const {
  using std::chrono::sys_days;
  sys_days date;
  if (kind == Kind::weekday_of_month) {
    const auto in = std::chrono::year(number) / std::chrono::month(static_cast<unsigned>(month));
    const std::chrono::weekday on(static_cast<unsigned>(weekday));
    date = week == 5 ? sys_days(in / on[std::chrono::last]) : sys_days(in / on[static_cast<unsigned>(week)]);
  } else {
    const sys_days first(std::chrono::year(number) / std::chrono::January / 1);
    int after = day;
    if (kind == Kind::day_without_leap) {
      after = day - 1;
      if (std::chrono::year(number).is_leap() && day >= 60) ++after;  // 1 March is always day 60
    }
    date = first + std::chrono::days(after);
  }
  return date.time_since_epoch().count() * kDay + seconds;
}

std::int64_t PosixZone::offset_at(std::int64_t utc) const {
  if (!has_summer_) return standard_;
  const int number = year_of(utc + standard_);
  const std::int64_t begin = to_summer_.in_year(number) - standard_;
  const std::int64_t end = to_standard_.in_year(number) - summer_;
  // South of the equator summer goes over the turn of the year.
  const bool is_summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
  return is_summer ? summer_ : standard_;
}

}  // namespace sluice::intake
