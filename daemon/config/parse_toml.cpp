// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/parse_toml.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sluice::config {
namespace {

// a.b.c.d = 1 makes a table in a table at every dot, and toml++ takes them down recursively. A line of this
// length, in the deepest table there is, stays at some thousand tables. No list has to stand on one line.
constexpr std::size_t kMaxLineBytes = 2048;

// The number of the first line that is too long, or 0.
unsigned long_line(std::string_view text) {
  unsigned line = 1;
  while (true) {
    const auto end = text.find('\n');
    if (std::min(end, text.size()) > kMaxLineBytes) return line;
    if (end == std::string_view::npos) return 0;
    text.remove_prefix(end + 1);
    ++line;
  }
}

}  // namespace

std::optional<toml::table> parse_toml(std::string_view text, Report& report) {
  if (text.size() > kMaxFileBytes) {
    report.refuse(0, {},
                  fmt::format("larger than {} bytes; this is hardly a configuration file", kMaxFileBytes));
    return std::nullopt;
  }
  if (const unsigned line = long_line(text); line > 0) {
    report.refuse(line, {}, fmt::format("longer than {} bytes; break the line up", kMaxLineBytes));
    return std::nullopt;
  }
  toml::parse_result document = toml::parse(text);
  if (document.failed()) {
    const toml::parse_error& error = document.error();
    report.refuse(error.source().begin.line, {}, fmt::format("not TOML: {}", error.description()));
    return std::nullopt;
  }
  return std::move(document).table();
}

}  // namespace sluice::config
