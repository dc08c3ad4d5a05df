// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/syslog.h"

#include <algorithm>
#include <cstddef>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

// Behind "[id name="value"][...]" or "-".
void skip_structured_data(std::string_view& text) {
  if (!text.starts_with('[')) {
    (void)take_until(text, ' ');
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
    (void)take_until(text, ' ');
  }
}

// The host may be left out, and the tag ends in a colon: "host nginx: ", "haproxy[123]: ".
std::string_view skip_tag(std::string_view text) {
  std::string_view rest = text;
  for (int i = 0; i < 2; ++i) {
    if (take_until(rest, ' ').ends_with(':')) return rest;
  }
  return text;
}

}  // namespace

std::string_view strip_syslog(std::string_view datagram) {
  if (!datagram.starts_with('<')) return datagram;
  const auto close = datagram.find('>');
  if (close == std::string_view::npos || close < 2 || close > 4) return datagram;
  if (!std::ranges::all_of(datagram.substr(1, close - 1), is_digit)) return datagram;
  std::string_view text = datagram.substr(close + 1);
  if (!text.starts_with("1 ")) {
    skip_time(text);
    return skip_tag(text);
  }
  for (int i = 0; i < 6; ++i)  // version, time, host, application, process, kind of message
    (void)take_until(text, ' ');
  skip_structured_data(text);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace sluice::intake
