// SPDX-License-Identifier: Apache-2.0
// Values as people read them: tables, times, counts, colour. Pure but for the local time zone; prints
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/printable.h"
#include "daemon/base/time.h"

namespace sluice::ctl {

// Colour, or none; and how many columns there are, 0 for as many as a line takes: what another program reads
// has each row in one line.
class Style {
 public:
  explicit Style(bool colour = false, std::size_t columns = 0) : colour_(colour), columns_(columns) {}

  [[nodiscard]] std::size_t columns() const { return columns_; }

  [[nodiscard]] std::string bold(std::string_view text) const { return wrap("1", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return wrap("2", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return wrap("31", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return wrap("32", text); }
  [[nodiscard]] std::string warning(std::string_view text) const { return wrap("33", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const;
  bool colour_;
  std::size_t columns_;
};

// "2026-11-24 06:07:24" in the local time zone; kForever is "never".
[[nodiscard]] std::string local_time(WallTime time);
// "in 3h58m", "2m10s ago", "now"; the two largest units. kForever is "never".
[[nodiscard]] std::string relative(WallTime time, WallTime now);
// Both: "2026-11-24 10:05:24 (in 3h58m)".
[[nodiscard]] std::string when(WallTime time, WallTime now);

[[nodiscard]] std::string count(std::uint64_t value);  // "1,234,567"
[[nodiscard]] std::string bytes(std::uint64_t value);  // "1.2 MiB"
[[nodiscard]] std::string number(double value);        // "3.5", at most two decimals
// "1 packet", "2 packets"; an irregular plural is given.
[[nodiscard]] std::string plural(std::uint64_t value, std::string_view one, std::string_view many = {});

enum class Align : std::uint8_t { left, right };

// Columns as wide as their widest cell, two spaces between them. A table that would be wider than the style's
// columns has the text of its widest columns wrapped at words. Cells are made printable.
class Table {
 public:
  struct Column {
    std::string title;  // empty in all columns: no line of titles
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns, std::size_t indent = 0)
      : columns_(std::move(columns)), indent_(indent) {}

  void add(std::vector<std::string> cells);
  [[nodiscard]] std::string text(const Style& style) const;

 private:
  // How wide each column is shown, where a line may have so many columns (0: as many as it takes).
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t most) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::ctl
