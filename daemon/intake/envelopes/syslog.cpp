// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/syslog.h"

#include <algorithm>
#include <cstddef>

#include "daemon/base/address.h"
#include "daemon/base/text.h"
#include "daemon/intake/envelopes/stamp.h"

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

// "nginx:", "haproxy[123]:", "docker/web[1]:"; not an IPv6 address that ends in colons, and nothing of JSON.
bool is_tag(std::string_view word) {
  constexpr std::size_t kLongest = 128;
  return word.size() > 1 && word.size() <= kLongest && word.ends_with(':') &&
         word.find_first_of("{}\"\\,=<>") == std::string_view::npos && !Address::parse(word);
}

// The message behind the tag. The host before the tag may be left out, and between them BusyBox writes the
// priority: "host nginx: ", "haproxy[123]: ", "host daemon.info nginx: ".
std::string_view skip_tag(std::string_view text) {
  std::string_view rest = text;
  for (int i = 0; i < 3; ++i) {
    if (is_tag(take_until(rest, ' '))) return rest;
  }
  return text;
}

// Behind the header of RFC 5424, whose version is the first word.
std::string_view skip_header(std::string_view text) {
  for (int i = 0; i < 6; ++i)  // version, time, host, application, process, kind of message
    static_cast<void>(take_until(text, ' '));
  skip_structured_data(text);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace

std::string_view strip_syslog(std::string_view datagram) {
  if (!datagram.starts_with('<')) return datagram;
  const auto close = datagram.find('>');
  if (close == std::string_view::npos || close < 2 || close > 4) return datagram;
  if (!std::ranges::all_of(datagram.substr(1, close - 1), is_digit)) return datagram;
  std::string_view text = datagram.substr(close + 1);
  if (text.starts_with("1 ")) return skip_header(text);
  static_cast<void>(skip_stamp(text));
  return skip_tag(text);
}

std::optional<Message> open_syslog(std::string_view line) {
  std::string_view text = strip_syslog(line);
  if (text.size() == line.size()) {
    if (text.starts_with("1 ") && is_rfc3339_stamp(text.substr(2))) {
      text = skip_header(text);
    } else if (skip_stamp(text)) {
      text = skip_tag(text);
    } else {
      return std::nullopt;
    }
  }
  // rsyslog keeps a space that stood behind the tag.
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return Message{.text = text};
}

}  // namespace sluice::intake
