// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/time_format.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/clf_time.h"

namespace sluice::intake {
namespace {

constexpr char kConversion = '\1';
constexpr std::size_t kMaxFormatBytes = 128;
constexpr std::size_t kMaxTextBytes = 256;

// A conversion that stands for several others, or has a second letter.
struct Expansion {
  char letter;
  std::string_view to;
};
constexpr std::array<Expansion, 5> kExpansions = {
    {{'T', "%H:%M:%S"}, {'F', "%Y-%m-%d"}, {'D', "%m/%d/%y"}, {'R', "%H:%M"}, {'h', "%b"}}};
// The conversions of strftime that are read; 'a' is a day of the week in three letters, which says nothing
// new. The items also hold 'j' and 'p' (milli- and microseconds since 1970) and '3' and '6' (digits of a
// fraction).
constexpr std::string_view kConversions = "YymdebBHMSzsa";

struct Civil {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction_ns = 0;
  std::optional<int> offset_minutes;
  std::optional<std::int64_t> epoch_s;
};

std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  const int value = digits_at(text, 0, width);
  if (value < 0) return std::nullopt;
  text.remove_prefix(width);
  return value;
}

bool take_number(std::string_view& text, std::size_t width, int& out) {
  const auto value = take_digits(text, width);
  if (value) out = *value;
  return value.has_value();
}

bool take_month(std::string_view& text, bool whole_name, int& out) {
  for (std::size_t i = 0; i < kMonthNames.size(); ++i) {
    const std::string_view name = whole_name ? kMonthNames[i] : kMonthNames[i].substr(0, 3);
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    out = static_cast<int>(i) + 1;
    return true;
  }
  return false;
}

bool take_zone(std::string_view& text, Civil& civil) {
  if (text.starts_with('Z')) {
    text.remove_prefix(1);
    civil.offset_minutes = 0;
    return true;
  }
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (text.starts_with(':')) text.remove_prefix(1);
  const auto minutes = take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return false;
  civil.offset_minutes = sign * (*hours * 60 + *minutes);
  return true;
}

bool take_epoch(std::string_view& text, std::int64_t unit_ns, Civil& civil) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t kMostSeconds = 7'258'118'400;  // the year 2200
  const std::int64_t per_second = 1'000'000'000 / unit_ns;
  if (ec != std::errc() || value < 0 || value / per_second >= kMostSeconds) return false;
  civil.epoch_s = value / per_second;
  civil.fraction_ns = value % per_second * unit_ns;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_fraction(std::string_view& text, std::size_t width, std::int64_t unit_ns, Civil& civil) {
  const auto value = take_digits(text, width);
  if (value) civil.fraction_ns = *value * unit_ns;
  return value.has_value();
}

// One conversion off the front of the text.
bool take(char conversion, std::string_view& text, Civil& civil) {
  switch (conversion) {
    case 'Y':
      return take_number(text, 4, civil.year);
    case 'y':
      if (!take_number(text, 2, civil.year)) return false;
      civil.year += civil.year < 69 ? 2000 : 1900;  // as POSIX splits the century
      return true;
    case 'm':
      return take_number(text, 2, civil.month);
    case 'd':
      return take_number(text, 2, civil.day);
    case 'e':
      if (!text.starts_with(' ')) return take_number(text, 2, civil.day);
      text.remove_prefix(1);
      return take_number(text, 1, civil.day);
    case 'b':
    case 'B':
      return take_month(text, conversion == 'B', civil.month);
    case 'H':
      return take_number(text, 2, civil.hour);
    case 'M':
      return take_number(text, 2, civil.minute);
    case 'S':
      return take_number(text, 2, civil.second);
    case 'z':
      return take_zone(text, civil);
    case 'a':
      if (text.size() < 3) return false;
      text.remove_prefix(3);
      return true;
    case 's':
      return take_epoch(text, 1'000'000'000, civil);
    case 'j':
      return take_epoch(text, 1'000'000, civil);
    case 'p':
      return take_epoch(text, 1'000, civil);
    case '3':
      return take_fraction(text, 3, 1'000'000, civil);
    case '6':
      return take_fraction(text, 6, 1'000, civil);
    default:
      return false;
  }
}

std::optional<WallTime> to_time(const Civil& civil, const std::optional<TimeZone>& zone) {
  if (civil.epoch_s) return WallTime(Seconds(*civil.epoch_s) + Nanoseconds(civil.fraction_ns));
  if (!civil.offset_minutes && !zone) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day))};
  if (!date.ok() || civil.year < 1970 || civil.year > 2200) return std::nullopt;
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const LocalSeconds local = std::chrono::local_days(date) + std::chrono::hours(civil.hour) +
                             std::chrono::minutes(civil.minute) + Seconds(civil.second);
  const Nanoseconds fraction(civil.fraction_ns);
  if (!civil.offset_minutes) return zone->to_utc(local) + fraction;
  return TimeZone::utc().to_utc(local) - std::chrono::minutes(*civil.offset_minutes) + fraction;
}

std::optional<WallTime> parse_seconds(std::string_view text) {
  Civil civil;
  if (!take_epoch(text, 1'000'000'000, civil)) return std::nullopt;
  if (text.empty()) return to_time(civil, {});
  if (text.size() < 2 || text.front() != '.') return std::nullopt;
  text.remove_prefix(1);
  std::int64_t scale = 100'000'000;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    civil.fraction_ns += (c - '0') * scale;
    scale /= 10;
  }
  return to_time(civil, {});
}

}  // namespace

TimeFormat TimeFormat::common_log() {
  return TimeFormat(Kind::common_log);
}
TimeFormat TimeFormat::rfc3339() {
  return TimeFormat(Kind::rfc3339);
}
TimeFormat TimeFormat::seconds() {
  return TimeFormat(Kind::seconds);
}

Result<TimeFormat> TimeFormat::from_strftime(const std::vector<Piece>& pieces,
                                             const std::optional<TimeZone>& zone) {
  TimeFormat made(Kind::items);
  made.zone_ = zone;
  for (const Piece& piece : pieces) {
    std::string_view text = piece.text;
    for (const std::string_view when : {"begin:", "end:"}) {
      if (!piece.is_literal && text.starts_with(when)) text.remove_prefix(when.size());
    }
    if (piece.is_literal) {
      made.items_ += text;
    } else if (auto added = made.add(text); !added) {
      return added.error();
    }
  }
  if (made.has('s') || made.has('j') || made.has('p')) return made;
  if (!made.has('Y') && !made.has('y')) return Error("the time has no year; add %Y");
  if (!made.has('m') && !made.has('b') && !made.has('B')) return Error("the time has no month; add %m");
  if (!made.has('d') && !made.has('e')) return Error("the time has no day; add %d");
  if (!made.has('H') || !made.has('M') || !made.has('S'))
    return Error("the time is not exact to the second; add %H:%M:%S");
  if (!made.has('z') && !zone) {
    return Error(
        "the time says no zone, and could be any hour of the day; add %z, or say the zone: timezone = "
        "\"Europe/Berlin\"");
  }
  return made;
}

bool TimeFormat::has(char conversion) const {
  const std::array<char, 2> item = {kConversion, conversion};
  return items_.find(std::string_view(item.data(), item.size())) != std::string::npos;
}

Result<void> TimeFormat::add(std::string_view format) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kWords = {
      {{"sec", 's'}, {"msec", 'j'}, {"usec", 'p'}, {"msec_frac", '3'}, {"usec_frac", '6'}}};
  if (format.size() > kMaxFormatBytes) return Error(fmt::format("longer than {} bytes", kMaxFormatBytes));
  for (const auto& [word, letter] : kWords) {
    if (format != word) continue;
    items_ += {kConversion, letter};
    return {};
  }
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      if (static_cast<unsigned char>(format[i]) < 0x20) return Error("it holds a control character");
      items_ += format[i];
      continue;
    }
    const char letter = ++i < format.size() ? format[i] : '\0';
    const auto expansion = std::ranges::find(kExpansions, letter, &Expansion::letter);
    if (letter == '%') {
      items_ += '%';
    } else if (expansion != kExpansions.end()) {
      if (auto added = add(expansion->to); !added) return added.error();
    } else if (letter != '\0' && kConversions.find(letter) != std::string_view::npos) {
      items_ += {kConversion, letter};
    } else {
      return Error(fmt::format(
          "%{} is not read; of strftime there are %Y %y %m %b %B %d %e %H %M %S %z %s %a and %T %F %D %R",
          letter >= 0x20 && letter < 0x7f ? std::string(1, letter) : "?"));
    }
  }
  return {};
}

bool TimeFormat::may_hold(char c) const {
  switch (kind_) {
    case Kind::seconds:
      return c == '.' || is_digit(c);
    case Kind::rfc3339:
      return c == '-' || c == ':' || c == '+' || c == '.' || is_alphanumeric(c);
    case Kind::common_log:
      return c == '/' || c == ':' || c == ' ' || c == '+' || c == '-' || is_alphanumeric(c);
    case Kind::items:
      break;
  }
  if (c == '+' || c == '-' || c == ':') return true;  // of a zone
  return is_alphanumeric(c) || (c == ' ' && has('e')) || items_.find(c) != std::string::npos;
}

std::optional<WallTime> TimeFormat::parse(std::string_view text) {
  if (text.size() > kMaxTextBytes) return std::nullopt;
  if (last_text_.empty() || text != last_text_) {
    last_time_ = read(text);
    last_text_.assign(text);
  }
  return last_time_;
}

std::optional<WallTime> TimeFormat::read(std::string_view text) const {
  switch (kind_) {
    case Kind::common_log:
      return parse_clf_time(text);
    case Kind::rfc3339: {
      const auto time = parse_time(text);
      return time ? std::optional(*time) : std::nullopt;
    }
    case Kind::seconds:
      return parse_seconds(text);
    case Kind::items:
      return read_items(text);
  }
  return std::nullopt;
}

std::optional<WallTime> TimeFormat::read_items(std::string_view text) const {
  Civil civil;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i] == kConversion) {
      if (!take(items_[++i], text, civil)) return std::nullopt;
    } else {
      if (!text.starts_with(items_[i])) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  return text.empty() ? to_time(civil, zone_) : std::nullopt;
}

}  // namespace sluice::intake
