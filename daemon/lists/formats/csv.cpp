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

// Where the columns are that a list is read from.
struct Columns {
  std::optional<std::size_t> first;
  std::optional<std::size_t> last;  // of a range; unset where there are no ranges

  // One more than is read: what stands behind an address may say that it is not alone.
  [[nodiscard]] std::size_t fields() const {
    if (!first) return kMaxColumns;
    return std::min(std::max(*first, last.value_or(0)), kMaxColumns - 2) + 2;
  }
};

using Fields = std::vector<std::string>;

const std::string* field_at(const Fields& fields, std::size_t index) {
  return index < fields.size() ? &fields[index] : nullptr;
}

// Whether the field behind a lone address may be the end or the size of its network.
bool may_belong(const IpNumber& address, std::string_view next) {
  const auto end = parse_ip(next);
  if (end) return end->family == address.family && address < *end;
  const auto number = parse_number<std::uint64_t>(next);
  return number && may_be_size(address, *number);
}

void take_range(EntryReader& reader, std::size_t number, std::string_view first, std::string_view last) {
  const auto from = parse_ip(first);
  const auto to = parse_ip(last);
  if (from && to) {
    reader.take_range(number, *from, *to);
  } else {
    reader.refuse(number, fmt::format("'{}' is not an IP address", shown(from ? last : first)));
  }
}

void take_record(EntryReader& reader, std::size_t number, const Fields& fields, const Columns& columns) {
  const std::size_t most = std::max(*columns.first, columns.last.value_or(0));
  if (most >= fields.size()) {
    reader.refuse(number, fmt::format("has no column {}", most + 1));
    return;
  }
  const std::string& field = fields[*columns.first];
  if (columns.last) {
    take_range(reader, number, field, fields[*columns.last]);
    return;
  }
  const std::string* const before = *columns.first > 0 ? &fields[*columns.first - 1] : nullptr;
  const std::string* const next = field_at(fields, *columns.first + 1);
  const auto address = next != nullptr ? parse_ip(field) : std::nullopt;
  if (next != nullptr && before != nullptr && (*before == "ipv4" || *before == "ipv6")) {
    if (field != "*") reader.take_delegated(number, field, *next);  // not a sum
  } else if (address && may_belong(*address, *next)) {
    reader.refuse(number,
                  fmt::format("'{}' may be the end or the size of a network that begins at {}; name the "
                              "column with the end in last_column",
                              shown(*next), field));
  } else {
    reader.take(number, field);
  }
}

// The columns by their names in the first line.
Result<Columns> columns_by_name(const Fields& names, const CsvColumn& wanted) {
  Columns columns;
  for (const auto& [name, index] :
       {std::pair(&wanted.name, &columns.first), std::pair(&wanted.last, &columns.last)}) {
    if (name->empty()) continue;
    *index = index_by_number(*name);
    if (!*index) *index = index_by_name(names, *name);
    if (!*index) return Error(fmt::format("there is no column '{}'", shown(*name)));
  }
  return columns;
}

}  // namespace

Result<ListReport> parse_csv(std::string_view text, const CsvColumn& column, ListNumber list,
                             Entries& entries, std::size_t most) {
  EntryReader reader(list, entries, "line", most);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  const bool by_name =
      !index_by_number(column.name) || (!column.last.empty() && !index_by_number(column.last));
  Columns columns;
  if (!by_name) columns = *columns_by_name({}, column);
  CsvReader records(text, {.separator = column.separator,
                           .strict = false,
                           .max_fields = columns.fields(),
                           .max_field_bytes = kMaxField});
  Fields fields;
  bool is_first = true;
  bool says_nobody = false;
  while (!records.at_end() && !reader.is_full()) {
    const std::string_view line = records.peek_line();
    if (trimmed(line).empty() || line.starts_with('#')) {
      says_nobody = says_nobody || line.starts_with('#');
      records.skip_line();
      continue;
    }
    static_cast<void>(records.next(fields));
    const bool may_be_names = std::exchange(is_first, false);
    if (may_be_names && by_name) {
      auto found = columns_by_name(fields, column);
      if (!found)
        return Error(
            fmt::format("line {}: {} in '{}'", records.line(), found.error().message(), shown(line)));
      columns = *found;
      records.set_max_fields(columns.fields());
      says_nobody = true;
      continue;
    }
    const std::string* const field = field_at(fields, *columns.first);
    if (may_be_names && (field == nullptr || (!is_entry(*field) && *field != "*"))) {
      says_nobody = false;  // these may be names, or anything else
      continue;
    }
    take_record(reader, records.line(), fields, columns);
  }
  return std::move(reader).finish(says_nobody);
}

}  // namespace sluice::lists
