// SPDX-License-Identifier: Apache-2.0
#include "ctl/render.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

#include <fmt/format.h>

namespace sluice::ctl {
namespace {

// Terminal columns, taking each character for one wide.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// The two largest units are enough: "3h58m" and not "3h58m12s".
std::string short_duration(Seconds duration) {
  constexpr Seconds kMinute(60);
  constexpr Seconds kHour(3600);
  constexpr Seconds kDay(86400);
  if (duration >= 7 * kDay) return format_duration(duration - duration % kDay);
  if (duration >= kDay) return format_duration(duration - duration % kHour);
  if (duration >= kHour) return format_duration(duration - duration % kMinute);
  return format_duration(duration);
}

}  // namespace

std::string Style::wrap(std::string_view code, std::string_view text) const {
  return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string local_time(WallTime time) {
  if (time == kForever) return "never";
  const std::time_t seconds = std::chrono::floor<Seconds>(time).time_since_epoch().count();
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), size};
}

std::string relative(WallTime time, WallTime now) {
  if (time == kForever) return "never";
  // To the nearest second: a time of this answer was cut to the second.
  const auto distance = std::chrono::round<Seconds>(time - now);
  if (distance == Seconds(0)) return "now";
  if (distance > Seconds(0)) return fmt::format("in {}", short_duration(distance));
  return fmt::format("{} ago", short_duration(-distance));
}

std::string when(WallTime time, WallTime now) {
  if (time == kForever) return "never";
  return fmt::format("{} ({})", local_time(time), relative(time, now));
}

std::string count(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string bytes(std::uint64_t value) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto scaled = static_cast<double>(value);
  std::size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < kUnits.size()) {
    scaled /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", value) : fmt::format("{:.1f} {}", scaled, kUnits[unit]);
}

std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string plural(std::uint64_t value, std::string_view one, std::string_view many) {
  if (value == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count(value), one) : fmt::format("{} {}", count(value), many);
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells)
    cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style) const {
  std::vector<std::size_t> widths;
  bool titled = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = width(columns_[i].title);
    for (const auto& row : rows_)
      widest = std::max(widest, width(row[i]));
    widths.push_back(widest);
    titled = titled || !columns_[i].title.empty();
  }
  const auto line = [&](const auto& cell) {
    std::string out(indent_, ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& value = cell(i);
      const std::string padding(widths[i] - width(value), ' ');
      if (i > 0) out += "  ";
      out += columns_[i].align == Align::right ? padding + value : value + padding;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::string text;
  if (titled) {
    text += style.bold(line([&](std::size_t i) -> const std::string& { return columns_[i].title; })) + "\n";
  }
  for (const auto& row : rows_)
    text += line([&](std::size_t i) -> const std::string& { return row[i]; }) + "\n";
  return text;
}

}  // namespace sluice::ctl
