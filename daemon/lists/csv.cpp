// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/csv.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/lists/entry_reader.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxField = 256;  // bytes kept of a field: the longest network has 43

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Takes the first field off a line, with its separator; quotes are undone.
std::string take_field(std::string_view& line, char separator) {
  std::string field;
  const auto keep = [&](char c) {
    if (field.size() < kMaxField) field += c;
  };
  const auto begin = line.find_first_not_of(' ');
  std::size_t at = 0;
  if (begin != std::string_view::npos && line[begin] == '"') {
    for (at = begin + 1; at < line.size(); ++at) {
      if (line[at] == '"' && at + 1 < line.size() && line[at + 1] == '"') {
        ++at;
      } else if (line[at] == '"') {
        ++at;
        break;
      }
      keep(line[at]);
    }
  }
  for (; at < line.size() && line[at] != separator; ++at)
    keep(line[at]);
  line.remove_prefix(std::min(at + 1, line.size()));
  return std::string(trimmed(field));
}

// The field of a number from 0 on; nothing where the line has fewer.
std::optional<std::string> field_at(std::string_view line, std::size_t index, char separator) {
  for (std::size_t i = 0; i < index; ++i) {
    (void)take_field(line, separator);
    if (line.empty()) return std::nullopt;
  }
  return take_field(line, separator);
}

std::optional<std::size_t> index_of(std::string_view line, std::string_view name, char separator) {
  for (std::size_t index = 0; !line.empty(); ++index) {
    if (take_field(line, separator) == name) return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> number_of_column(std::string_view name) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number - 1;
}

}  // namespace

Result<ListReport> parse_csv(std::string_view text, const CsvColumn& column, ListNumber list,
                             Entries& entries, std::size_t most) {
  EntryReader reader(list, entries, "line", most);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  std::optional<std::size_t> index = number_of_column(column.name);
  const bool by_number = index.has_value();
  bool is_first = true;
  for (std::size_t number = 1; !text.empty() && !reader.is_full(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    const bool may_be_names = std::exchange(is_first, false);
    if (!index) {
      index = index_of(line, column.name, column.separator);
      if (index) continue;
      return Error(
          fmt::format("line {}: there is no column '{}' in '{}'", number, shown(column.name), shown(line)));
    }
    const auto field = field_at(line, *index, column.separator);
    if (may_be_names && by_number && (!field || !is_entry(*field))) continue;
    if (field) {
      reader.take(number, *field);
    } else {
      reader.refuse(number, fmt::format("has no column {}", *index + 1));
    }
  }
  return std::move(reader).finish();
}

}  // namespace sluice::lists
