// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/stamp.h"

#include <algorithm>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

// Whether the text has the form: 'A' a letter, '0' a digit, '_' a digit or a space, all else itself.
bool has_form(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  return std::ranges::equal(text.substr(0, form.size()), form, [](char c, char f) {
    if (f == 'A') return is_letter(c);
    if (f == '0') return is_digit(c);
    if (f == '_') return is_digit(c) || c == ' ';
    return c == f;
  });
}

// "11:00:00", a fraction, and the space behind it.
bool skip_clock(std::string_view& text) {
  if (!has_form(text, "00:00:00")) return false;
  const std::size_t end = text.find_first_not_of("0123456789.,", 8);
  if (end == std::string_view::npos || text[end] != ' ') return false;
  text.remove_prefix(end + 1);
  return true;
}

bool skip_bsd(std::string_view& text) {
  if (!has_form(text, "AAA _0 ")) return false;
  std::string_view rest = text.substr(7);
  if (has_form(rest, "0000 ")) rest.remove_prefix(5);
  if (!skip_clock(rest)) return false;
  text = rest;
  return true;
}

bool skip_full(std::string_view& text) {
  if (!has_form(text, "AAA 0000-00-00 ")) return false;
  std::string_view rest = text.substr(15);
  if (!skip_clock(rest)) return false;
  static_cast<void>(take_until(rest, ' '));  // the zone
  text = rest;
  return true;
}

bool skip_seconds(std::string_view& text) {
  const bool in_brackets = text.starts_with('[');
  std::string_view rest = text.substr(in_brackets ? 1 : 0);
  if (in_brackets) rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t point = rest.find_first_not_of("0123456789");
  if (point == std::string_view::npos || point == 0 || !has_form(rest.substr(point), ".000000")) return false;
  rest.remove_prefix(point + 7);
  const std::string_view end = in_brackets ? "] " : " ";
  if (!rest.starts_with(end)) return false;
  text = rest.substr(end.size());
  return true;
}

}  // namespace

bool is_rfc3339_stamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  constexpr std::size_t kLongest = 40;
  if (!has_form(text, kForm)) return false;
  const std::size_t end = text.substr(0, kLongest).find_first_not_of("0123456789.,:+-Z", kForm.size());
  return end != std::string_view::npos && text[end] == ' ';
}

bool skip_stamp(std::string_view& text) {
  if (is_rfc3339_stamp(text)) {
    static_cast<void>(take_until(text, ' '));
    return true;
  }
  return skip_bsd(text) || skip_full(text) || skip_seconds(text);
}

}  // namespace sluice::intake
