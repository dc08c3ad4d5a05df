// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/csv.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice {
namespace {

void trim(std::string& field) {
  const std::string_view kept = trimmed(field);
  if (kept.size() < field.size()) field = std::string(kept);
}

// Whether a spreadsheet would compute the text. What begins with apostrophes and goes on so gets one more:
// csv_text() takes one away.
bool needs_guard(std::string_view text) {
  const std::size_t first = text.find_first_not_of('\'');
  return first != std::string_view::npos &&
         std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

}  // namespace

void CsvReader::skip_line() {
  line_ = next_line_++;
  (void)take_until(rest_, '\n');
}

Error CsvReader::fault(std::string_view why) {
  next_line_ = line_;
  skip_line();
  return Error(std::string(why));
}

Result<std::vector<std::string>> CsvReader::next() {
  std::vector<std::string> fields;
  if (auto read = next(fields); !read) return read.error();
  return {boost::system::in_place_value, std::move(fields)};
}

Result<> CsvReader::next(std::vector<std::string>& fields) {
  const bool strict = dialect_.strict;
  line_ = next_line_;
  fields.assign(1, {});
  std::size_t lines = 1;
  std::size_t at = 0;
  bool quoted = false;  // within quotes
  bool opened = false;  // the field began with a quote
  const auto keep = [&](char c) {
    if (fields.back().size() < dialect_.max_field_bytes) fields.back() += c;
  };
  for (; at < rest_.size(); ++at) {
    if (strict && at >= dialect_.max_record_bytes) {
      return fault(
          fmt::format("a record has at most {} bytes; is a quote left open?", dialect_.max_record_bytes));
    }
    const char c = rest_[at];
    const char next = at + 1 < rest_.size() ? rest_[at + 1] : '\n';
    if (c == '\n' && !(strict && quoted)) break;
    if (quoted) {
      if (c == '\n') ++lines;
      if (c != '"') {
        keep(c);
      } else if (next == '"') {
        keep('"');
        ++at;
      } else {
        quoted = false;
      }
    } else if (c == '"' && strict) {
      if (!fields.back().empty()) return fault("a quote stands within a field that does not begin with one");
      quoted = true;
    } else if (c == '"' && !opened && fields.back().find_first_not_of(' ') == std::string::npos) {
      fields.back().clear();
      quoted = opened = true;
    } else if (c != dialect_.separator) {
      keep(c);
    } else if (strict) {
      if (fields.size() == dialect_.max_fields)
        return fault(fmt::format("a record has at most {} fields", dialect_.max_fields));
      fields.emplace_back();
    } else if (fields.size() == dialect_.max_fields) {
      at = std::min(rest_.find('\n', at), rest_.size());
      break;
    } else if (next != '\n') {
      trim(fields.back());
      fields.emplace_back();
      opened = false;
    }
  }
  if (strict && quoted) return fault("a quote is left open");
  rest_.remove_prefix(std::min(at + 1, rest_.size()));
  next_line_ = line_ + lines;
  if (!strict) trim(fields.back());
  if (strict && fields.back().ends_with('\r')) fields.back().pop_back();
  return {};
}

std::string csv_field(std::string_view text) {
  std::string guarded = needs_guard(text) ? fmt::format("'{}", text) : std::string(text);
  if (guarded.find_first_of(",\"\r\n") == std::string::npos) return guarded;
  std::string quoted = "\"";
  for (const char c : guarded) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string_view csv_text(std::string_view field) {
  return field.starts_with('\'') && needs_guard(field) ? field.substr(1) : field;
}

}  // namespace sluice
