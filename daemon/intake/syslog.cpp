// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/syslog.h"

#include <cstddef>

namespace sluice::intake {
namespace {

constexpr auto kNone = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  if (!text.empty()) text.remove_prefix(1);
  return word;
}

// Behind "[id name="value"][...]" or "-".
void skip_structured_data(std::string_view& text) {
  if (!text.starts_with('[')) {
    take_word(text);
    return;
  }
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == ' ' && text[i - 1] == ']') {
      text.remove_prefix(i + 1);
      return;
    }
  }
  text = {};  // it ended before the message
}

// "Nov 24 08:07:24 " or an RFC 3339 time, as rsyslog writes it too.
void skip_time(std::string_view& text) {
  constexpr std::size_t kBsdTime = 15;
  if (text.size() > kBsdTime && text[3] == ' ' && text[6] == ' ' && text[9] == ':' && text[12] == ':' &&
      text[kBsdTime] == ' ') {
    text.remove_prefix(kBsdTime + 1);
  } else if (text.size() > 19 && is_digit(text[0]) && text[4] == '-' && text[10] == 'T') {
    take_word(text);
  }
}

// The host may be left out, and the tag ends in a colon: "host nginx: ", "haproxy[123]: ".
std::string_view skip_tag(std::string_view text) {
  std::string_view rest = text;
  for (int i = 0; i < 2; ++i) {
    if (take_word(rest).ends_with(':')) return rest;
  }
  return text;
}

}  // namespace

std::string_view strip_syslog(std::string_view datagram) {
  if (!datagram.starts_with('<')) return datagram;
  const auto close = datagram.find('>');
  if (close == kNone || close < 2 || close > 4) return datagram;
  for (const char c : datagram.substr(1, close - 1)) {
    if (!is_digit(c)) return datagram;
  }
  std::string_view text = datagram.substr(close + 1);
  if (!text.starts_with("1 ")) {
    skip_time(text);
    return skip_tag(text);
  }
  for (int i = 0; i < 6; ++i)  // version, time, host, application, process, kind of message
    take_word(text);
  skip_structured_data(text);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace sluice::intake
