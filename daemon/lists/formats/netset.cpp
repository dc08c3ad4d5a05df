// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/netset.h"

#include <utility>

#include "daemon/base/file.h"
#include "daemon/base/text.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30U;

// The first word of a line, without comments: empty where the line says nothing.
std::string_view first_word(std::string_view line) {
  std::size_t begin = 0;
  while (begin < line.size() && (line[begin] == ' ' || line[begin] == '\t' || line[begin] == '\r'))
    ++begin;
  std::size_t end = begin;
  while (end < line.size() && line[end] != ' ' && line[end] != '\t' && line[end] != '\r' &&
         line[end] != '#' && line[end] != ';') {
    ++end;
  }
  return line.substr(begin, end - begin);
}

}  // namespace

Result<ListReport> parse_netset(std::string_view text, ListNumber list, Entries& entries, std::size_t most) {
  EntryReader reader(list, entries, "line", most);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  for (std::size_t line = 1; !text.empty() && !reader.is_full(); ++line) {
    if (const std::string_view word = first_word(take_until(text, '\n')); !word.empty())
      reader.take(line, word);
  }
  return std::move(reader).finish();
}

Result<ListReport> load_netset(const std::string& path, ListNumber list, Entries& entries) {
  const auto text = read_file(path, kMaxFileBytes);
  if (!text) return text.error();
  auto report = parse_netset(*text, list, entries);
  if (!report) return report.error().in(path);
  return report;
}

}  // namespace sluice::lists
