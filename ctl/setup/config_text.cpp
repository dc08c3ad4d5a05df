// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/config_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/control/protocol.h"
#include "daemon/control/protocol/codec.h"

namespace sluice::ctl {
namespace {

constexpr std::string_view kLog = "[[log]]";
constexpr std::string_view kRoute = "[[route]]";

// Where the comment of a line begins, or its end: a # within quotes is none.
std::size_t comment_at(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quote == '\0' && line[i] == '#') return i;
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (quote == '\0' && (line[i] == '"' || line[i] == '\'')) {
      quote = line[i];
    } else if (line[i] == quote) {
      quote = '\0';
    }
  }
  return line.size();
}

std::string_view without_comment(std::string_view line) {
  return trimmed(line.substr(0, comment_at(line)));
}

bool is_header(std::string_view line) {
  return without_comment(line).starts_with('[') && without_comment(line).ends_with(']');
}

// "key = value" -> value; empty for another key.
std::string_view value_in(std::string_view line, std::string_view key) {
  std::string_view rest = without_comment(line);
  if (!rest.starts_with(key)) return {};
  rest = trimmed(rest.substr(key.size()));
  return rest.starts_with('=') ? trimmed(rest.substr(1)) : std::string_view();
}

// Empty for what is no text in quotes.
std::string_view unquoted(std::string_view value) {
  return value.size() > 2 && (value.front() == '"' || value.front() == '\'')
             ? value.substr(1, value.size() - 2)
             : std::string_view();
}

// Ends on its line: brackets match and no text of several lines begins.
bool is_whole(std::string_view value) {
  return std::ranges::count(value, '[') == std::ranges::count(value, ']') &&
         value.find("\"\"\"") == std::string_view::npos && value.find("'''") == std::string_view::npos;
}

}  // namespace

ConfigText::ConfigText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::size_t ConfigText::find_table(std::string_view header) const {
  const auto at =
      std::ranges::find(lines_, header, [](const std::string& line) { return without_comment(line); });
  return static_cast<std::size_t>(at - lines_.begin());
}

std::size_t ConfigText::find_key(std::string_view table, std::string_view key) const {
  for (std::size_t i = find_table(fmt::format("[{}]", table)) + 1; i < lines_.size(); ++i) {
    if (is_header(lines_[i])) break;
    if (!value_in(lines_[i], key).empty()) return i;
  }
  return lines_.size();
}

std::string ConfigText::value(std::string_view table, std::string_view key) const {
  const std::size_t at = find_key(table, key);
  return at == lines_.size() ? "" : std::string(value_in(lines_[at], key));
}

Result<void> ConfigText::set(std::string_view table, std::string_view key, std::string_view value) {
  const std::string header = fmt::format("[{}]", table);
  if (const std::size_t at = find_key(table, key); at < lines_.size()) {
    std::string& line = lines_[at];
    if (!is_whole(value_in(line, key))) {
      return Error(fmt::format("line {}: {}.{} is written over several lines; set it to {} there", at + 1,
                               table, key, value));
    }
    const std::size_t comment = comment_at(line);
    const std::string tail = comment < line.size() ? "  " + line.substr(comment) : "";
    line = fmt::format("{} = {}{}", key, value, tail);
    return {};
  }
  std::size_t at = find_table(header);
  if (at == lines_.size()) {
    lines_.insert(lines_.end(), {"", header});
    at = lines_.size() - 1;
  }
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at) + 1, fmt::format("{} = {}", key, value));
  return {};
}

std::size_t ConfigText::end_of_block(std::size_t begin) const {
  std::size_t end = begin + 1;
  while (end < lines_.size() && !is_header(lines_[end]) && !trimmed(lines_[end]).empty())
    ++end;
  return end;
}

std::vector<ConfigText::Log> ConfigText::logs() const {
  std::vector<Log> logs;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (without_comment(lines_[i]) != kLog) continue;
    Log log;
    for (std::size_t k = i + 1; k < end_of_block(i); ++k) {
      if (const auto path = unquoted(value_in(lines_[k], "path")); !path.empty()) log.path = path;
      if (const auto format = unquoted(value_in(lines_[k], "format")); !format.empty()) log.format = format;
      if (const auto listen = unquoted(value_in(lines_[k], "listen")); !listen.empty()) log.listen = listen;
    }
    if (!log.path.empty() || !log.listen.empty()) logs.push_back(std::move(log));
  }
  return logs;
}

void ConfigText::remove_log(std::string_view path) {
  if (path.empty()) return;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (without_comment(lines_[i]) != kLog) continue;
    const std::size_t end = end_of_block(i);
    for (std::size_t k = i + 1; k < end; ++k) {
      if (unquoted(value_in(lines_[k], "path")) != path) continue;
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i),
                   lines_.begin() + static_cast<std::ptrdiff_t>(end));
      return;
    }
  }
}

void ConfigText::add_log(const std::vector<std::string>& lines) {
  std::size_t at = lines_.size();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (without_comment(lines_[i]) == kLog) at = end_of_block(i);
  }
  std::vector<std::string> added = lines;
  added.insert(at == lines_.size() ? added.begin() : added.end(), "");
  if (at != lines_.size()) added.insert(added.begin(), "");
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
}

std::string_view ConfigText::top_value(std::string_view key) const {
  for (const std::string& line : lines_) {
    if (is_header(line)) break;
    if (const std::string_view value = value_in(line, key); !value.empty()) return value;
  }
  return {};
}

std::vector<std::size_t> ConfigText::routes() const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (without_comment(lines_[i]) == kRoute) all.push_back(i);
  }
  return all;
}

bool ConfigText::is_default_route(std::size_t begin) const {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kShipped = {
      {{"name", "people"}, {"pattern", "/people/{subject}"}, {"sensitivity", "normal"}}};
  for (std::size_t i = begin + 1; i < end_of_block(begin); ++i) {
    if (without_comment(lines_[i]).empty()) continue;
    const bool ships = std::ranges::any_of(kShipped, [&](const auto& shipped) {
      return unquoted(value_in(lines_[i], shipped.first)) == shipped.second;
    });
    if (!ships) return false;
  }
  return true;
}

bool ConfigText::has_default_routes() const {
  const auto is_unset = [](std::string_view list) { return list.empty() || list == "[]"; };
  if (!is_unset(value("site", "software")) || !is_unset(top_value("include"))) return false;
  const std::vector<std::size_t> all = routes();
  return all.empty() || (all.size() == 1 && is_default_route(all.front()));
}

void ConfigText::replace_default_route(const std::vector<std::string>& lines) {
  const std::vector<std::size_t> all = routes();
  std::size_t at = lines_.size();
  if (!all.empty()) {
    at = all.front();
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at),
                 lines_.begin() + static_cast<std::ptrdiff_t>(end_of_block(at)));
  }
  std::vector<std::string> added = lines;
  if (all.empty()) added.insert(added.begin(), "");
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
}

std::string ConfigText::text() const {
  std::string text;
  for (const std::string& line : lines_)
    text += line + "\n";
  return text;
}

std::string toml_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", control::to_json(value));
  return "[" + text + "]";
}

}  // namespace sluice::ctl
