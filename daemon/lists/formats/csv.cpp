// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/csv.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/csv.h"
#include "daemon/base/text.h"
#include "daemon/lists/formats/entry_reader.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxField = 256;  // bytes kept of a field: the longest network has 43

// More columns than any list has: fields beyond are left out, and a column there is one that no line has.
constexpr std::size_t kMaxColumns = 10'000;

// The index of a column that is named by its number.
std::optional<std::size_t> index_by_number(std::string_view name) {
  const auto number = parse_number<std::size_t>(name);
  return number && *number > 0 ? std::optional(*number - 1) : std::nullopt;
}

std::optional<std::size_t> index_by_name(const std::vector<std::string>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - names.begin()));
}

std::size_t fields_up_to(const std::optional<std::size_t>& index) {
  return index ? std::min(*index, kMaxColumns) + 1 : kMaxColumns;
}

}  // namespace

Result<ListReport> parse_csv(std::string_view text, const CsvColumn& column, ListNumber list,
                             Entries& entries, std::size_t most) {
  EntryReader reader(list, entries, "line", most);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  std::optional<std::size_t> index = index_by_number(column.name);
  const bool by_number = index.has_value();
  CsvReader records(text, {.separator = column.separator,
                           .strict = false,
                           .max_fields = fields_up_to(index),
                           .max_field_bytes = kMaxField});
  std::vector<std::string> fields;
  bool is_first = true;
  while (!records.at_end() && !reader.is_full()) {
    const std::string_view line = records.peek_line();
    if (trimmed(line).empty() || line.starts_with('#')) {
      records.skip_line();
      continue;
    }
    static_cast<void>(records.next(fields));
    const std::size_t number = records.line();
    const bool may_be_names = std::exchange(is_first, false);
    if (!index) {
      index = index_by_name(fields, column.name);
      if (!index) {
        return Error(
            fmt::format("line {}: there is no column '{}' in '{}'", number, shown(column.name), shown(line)));
      }
      records.set_max_fields(fields_up_to(index));
      continue;
    }
    const std::string* const field = *index < fields.size() ? &fields[*index] : nullptr;
    if (may_be_names && by_number && (field == nullptr || !is_entry(*field))) continue;
    if (field != nullptr) {
      reader.take(number, *field);
    } else {
      reader.refuse(number, fmt::format("has no column {}", *index + 1));
    }
  }
  return std::move(reader).finish();
}

}  // namespace sluice::lists
