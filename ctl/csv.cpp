// SPDX-License-Identifier: Apache-2.0
#include "ctl/csv.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::ctl {

Error CsvReader::skip(std::string_view why) {
  const std::size_t end = rest_.find('\n');
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  next_line_ = line_ + 1;
  return Error(std::string(why));
}

Result<std::vector<std::string>> CsvReader::next() {
  line_ = next_line_;
  std::vector<std::string> fields(1);
  std::size_t lines = 1;
  std::size_t at = 0;
  bool quoted = false;
  for (; at < rest_.size(); ++at) {
    if (at >= kMaxRecord)
      return skip(fmt::format("a record has at most {} bytes; is a quote left open?", kMaxRecord));
    const char c = rest_[at];
    if (quoted) {
      if (c == '\n') ++lines;
      if (c != '"') {
        fields.back() += c;
      } else if (at + 1 < rest_.size() && rest_[at + 1] == '"') {
        fields.back() += rest_[++at];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      if (!fields.back().empty()) return skip("a quote stands within a field that does not begin with one");
      quoted = true;
    } else if (c == ',') {
      if (fields.size() == kMaxFields) return skip(fmt::format("a record has at most {} fields", kMaxFields));
      fields.emplace_back();
    } else if (c == '\n') {
      break;
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return skip("a quote is left open");
  rest_.remove_prefix(std::min(at + 1, rest_.size()));
  next_line_ = line_ + lines;
  if (fields.back().ends_with('\r')) fields.back().pop_back();
  return fields;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace sluice::ctl
