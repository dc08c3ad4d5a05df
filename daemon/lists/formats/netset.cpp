// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/netset.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/file.h"
#include "daemon/base/text.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30U;

constexpr std::string_view kSpace = " \t\r";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
// Ends a word. A dash does not: 2026-01-31 is one word.
bool ends_word(char c) {
  return is_space(c) || c == '#' || c == ';' || c == ',' || c == '|';
}

std::string_view take_word(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && !ends_word(text[end]))
    ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// REGISTRY|COUNTRY|ipv4|FIRST|COUNT|DATE|STATUS, ipv6 with a prefix length instead of the count. The header,
// the sums, and numbers of autonomous systems name no network. Returns whether the line is one of these.
bool take_delegated(EntryReader& reader, std::size_t number, std::string_view line) {
  std::array<std::string_view, 6> fields;
  std::size_t count = 0;
  for (std::string_view rest = line; count < fields.size() && !rest.empty(); ++count)
    fields[count] = take_until(rest, '|');
  const bool is_sum = fields[5] == "summary";
  const bool is_header = parse_number<double>(fields[0]) && parse_number<std::uint64_t>(fields[3]);
  const bool is_network = fields[2] == "ipv4" || fields[2] == "ipv6";
  if (count < fields.size()) return false;
  if (is_network && !is_sum) reader.take_delegated(number, fields[3], fields[4]);
  return is_network || is_sum || is_header || fields[2] == "asn";
}

// NAME:FIRST-LAST, where the name may be anything.
bool take_named_range(EntryReader& reader, std::size_t number, std::string_view line) {
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view range = trimmed(line.substr(colon + 1), kSpace);
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return false;
  const auto first = parse_ip(trimmed(range.substr(0, dash), kSpace));
  const auto last = parse_ip(trimmed(range.substr(dash + 1), kSpace));
  if (!first || !last) return false;
  reader.take_range(number, *first, *last);
  return true;
}

// A host that no visitor has: files of hosts begin each line with it.
bool is_no_visitor(const IpNumber& address) {
  constexpr std::uint64_t kLoopback = 0x7f000001;
  return address.value.high == 0 &&
         (address.value.low == 0 ||
          address.value.low == (address.family == Family::ipv4 ? kLoopback : std::uint64_t{1}));
}

// The beginning of a line, up to its second word.
struct Beginning {
  std::string_view first;
  std::string_view second;  // empty where a comment begins, or the line ends
  char separator = ' ';     // between them; a space where there is white space alone
  bool is_close = false;    // the separator is next to the first word
};

Beginning beginning_of(std::string_view line) {
  Beginning begin;
  begin.first = take_word(line);
  // A dash behind an address is a separator, though it is not in any other word.
  const auto dash = begin.first.find('-');
  if (dash != std::string_view::npos && parse_ip(begin.first.substr(0, dash))) {
    line = std::string_view(begin.first.data() + dash, begin.first.size() - dash + line.size());
    begin.first = begin.first.substr(0, dash);
  }
  begin.is_close = !line.empty() && !is_space(line.front());
  line = trimmed(line, kSpace);
  if (line.empty() || line.front() == '#') return begin;
  if (std::string_view(";,|-").find(line.front()) != std::string_view::npos) {
    begin.separator = line.front();
    line = trimmed(line.substr(1), kSpace);
  }
  begin.second = take_word(line);
  return begin;
}

// Why the address or network that a line begins with cannot be taken alone; empty where it can.
std::string_view objection(const Beginning& begin, const std::optional<IpNumber>& address) {
  const auto number = parse_number<std::uint64_t>(begin.second);
  if (begin.separator == ',' || begin.separator == '|') {
    if (begin.is_close || number || is_entry(begin.second))
      return "is of a table; format = \"csv\" reads those";
  }
  if (begin.separator == '-' && (begin.is_close || number || is_entry(begin.second)))
    return "is no range; write it as FIRST-LAST";
  if (is_entry(begin.second) && is_entry(begin.first))
    return "names two; write each in a line of its own, and a range as FIRST-LAST";
  if (!address) return {};
  if (number && may_be_size(*address, *number))
    return "has a number that may be the size of a network; write ADDRESS/LENGTH, or FIRST-LAST";
  if (begin.separator == ' ' && !begin.second.empty() && is_no_visitor(*address))
    return "is of a file of hosts, which names no visitors";
  return {};
}

// Takes two addresses in a line where they can mean one thing only.
bool take_two(EntryReader& reader, std::size_t number, const Beginning& begin, const IpNumber& first,
              const IpNumber& second) {
  if (begin.separator == ',' || begin.separator == '|') return false;
  const auto length = length_of_mask(second);
  const bool is_range = begin.separator == '-';
  if (!is_range && length && first != second) {
    reader.take_network(first, *length);
  } else if (is_range || is_one_network(first, second)) {  // one address twice, too
    reader.take_range(number, first, second);
  } else {
    return false;
  }
  return true;
}

// A line that is not a word alone.
void take_line(EntryReader& reader, std::size_t number, std::string_view line) {
  const Beginning begin = beginning_of(line);
  const auto first = parse_ip(begin.first);
  if (!first && take_delegated(reader, number, line)) return;
  const bool has_comment = line.find_first_of("#;") != std::string_view::npos;
  if (!has_comment && take_named_range(reader, number, line)) return;
  const auto second = first ? parse_ip(begin.second) : std::nullopt;
  if (second && take_two(reader, number, begin, *first, *second)) return;
  if (const std::string_view why = objection(begin, first); !why.empty()) {
    reader.refuse(number, fmt::format("'{}' {}", shown(line), why));
  } else {
    reader.take(number, begin.first);
  }
}

}  // namespace

Result<ListReport> parse_netset(std::string_view text, ListNumber list, Entries& entries, std::size_t most) {
  EntryReader reader(list, entries, "line", most);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  bool has_comment = false;
  for (std::size_t number = 1; !text.empty() && !reader.is_full(); ++number) {
    const std::string_view line = trimmed(take_until(text, '\n'), kSpace);
    if (line.empty()) continue;
    if (line.front() == '#' || line.front() == ';') {
      has_comment = true;
      continue;
    }
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (rest.empty() || rest.front() == '#') {
      reader.take(number, word);
    } else {
      take_line(reader, number, line);
    }
  }
  return std::move(reader).finish(has_comment);
}

Result<ListReport> load_netset(const std::string& path, ListNumber list, Entries& entries) {
  const auto text = read_file(path, kMaxFileBytes);
  if (!text) return text.error();
  auto report = parse_netset(*text, list, entries);
  if (!report) return report.error().in(path);
  return report;
}

}  // namespace sluice::lists
