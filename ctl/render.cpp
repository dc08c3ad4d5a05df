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

constexpr std::size_t kNarrowest = 16;  // a column is wrapped to no less

// How many bytes the first `columns` columns of the text have.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  for (; bytes < text.size(); ++bytes) {
    const bool begins = (static_cast<unsigned char>(text[bytes]) & 0xc0U) != 0x80U;
    if (begins && columns-- == 0) break;
  }
  return bytes;
}

// In lines of at most so many columns, cut between words, and in a word where that is longer.
std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (width(text) > columns) {
    std::size_t end = bytes_of(text, columns);
    const std::size_t space = text.substr(0, end + 1).rfind(' ');
    const bool between_words = space != std::string_view::npos && space > 0;
    if (between_words) end = space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(between_words ? end + 1 : end);
  }
  lines.emplace_back(text);
  return lines;
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

std::vector<std::size_t> Table::widths(std::size_t most) const {
  std::vector<std::size_t> widths;
  std::size_t whole = indent_ + 2 * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = width(columns_[i].title);
    for (const auto& row : rows_)
      widest = std::max(widest, width(row[i]));
    widths.push_back(widest);
    whole += widest;
  }
  for (; most > 0 && whole > most; --whole) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_be_narrower =
          columns_[i].align == Align::left && widths[i] > std::max(kNarrowest, width(columns_[i].title));
      if (can_be_narrower && (widest == columns_.size() || widths[i] >= widths[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string out(indent_, ' ');
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string padding(widths[i] - std::min(widths[i], width(cells[i])), ' ');
    if (i > 0) out += "  ";
    out += columns_[i].align == Align::right ? padding + cells[i] : cells[i] + padding;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string Table::text(const Style& style) const {
  const std::vector<std::size_t> widths = this->widths(style.columns());
  std::string text;
  std::vector<std::string> titles;
  for (const Column& column : columns_)
    titles.push_back(column.title);
  const bool titled = std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); });
  if (titled) text += style.bold(line(titles, widths)) + "\n";
  for (const auto& row : rows_) {
    std::vector<std::vector<std::string>> wrapped;
    std::size_t lines = 1;
    for (std::size_t i = 0; i < row.size(); ++i)
      lines = std::max(lines, wrapped.emplace_back(wrap(row[i], widths[i])).size());
    for (std::size_t at = 0; at < lines; ++at) {
      std::vector<std::string> cells;
      cells.reserve(wrapped.size());
      for (const auto& cell : wrapped)
        cells.push_back(at < cell.size() ? cell[at] : "");
      text += line(cells, widths) + "\n";
    }
  }
  return text;
}

}  // namespace sluice::ctl
