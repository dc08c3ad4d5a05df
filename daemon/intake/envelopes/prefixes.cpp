// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/prefixes.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "daemon/intake/envelopes/stamp.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kMaxName = 128;  // of a container: names of hosts and services have at most 63

bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '@' || c == '/';
}

// Colours and the like: ESC [ parameters letter.
void skip_colours(std::string_view& text) {
  while (text.starts_with("\x1b[")) {
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    if (end == std::string_view::npos || !is_letter(text[end])) return;
    text.remove_prefix(end + 1);
  }
}

// Whether "NAME  |" or "[pod/NAME/CONTAINER]" stood there and was taken.
bool take_name(std::string_view& text) {
  if (text.starts_with("[pod/")) {
    const std::size_t close = text.substr(0, 2 * kMaxName).find(']');
    if (close == std::string_view::npos) return false;
    text.remove_prefix(close + 1);
    return true;
  }
  const auto end = std::ranges::find_if_not(text.substr(0, kMaxName), is_name_character);
  const auto name_bytes = static_cast<std::size_t>(end - text.begin());
  std::string_view rest = text.substr(name_bytes);
  const std::size_t bar = rest.find_first_not_of(' ');
  if (name_bytes == 0 || bar == std::string_view::npos || bar == 0 || bar > kMaxName || rest[bar] != '|')
    return false;
  text = rest.substr(bar + 1);
  return true;
}

}  // namespace

std::optional<Message> open_cri(std::string_view line) {
  if (!is_rfc3339_stamp(line)) return std::nullopt;
  static_cast<void>(take_until(line, ' '));
  const std::string_view stream = take_until(line, ' ');
  if (stream != "stdout" && stream != "stderr") return std::nullopt;
  // More tags may follow the first one behind a colon.
  std::string_view tags = take_until(line, ' ');
  const std::string_view extent = take_until(tags, ':');
  if (extent != "F" && extent != "P") return std::nullopt;
  return Message{line, extent == "F" ? Message::Extent::whole : Message::Extent::part, stream == "stderr"};
}

std::optional<Message> open_compose(std::string_view line) {
  skip_colours(line);
  if (!take_name(line)) return std::nullopt;
  skip_colours(line);
  if (line.starts_with(' ')) line.remove_prefix(1);
  skip_colours(line);
  if (is_rfc3339_stamp(line)) static_cast<void>(take_until(line, ' '));
  return Message{.text = line};
}

}  // namespace sluice::intake
