// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/escapes.h"

#include <algorithm>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

// The number that `digits` hexadecimal digits at the start of the text write; -1 if they are not there.
int hex_number(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    const int digit = hex_digit(c);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// nginx writes \u00XX for control characters alone; whatever else is there becomes UTF-8 of at most three
// bytes.
char* put_character(char* out, int code) {
  const auto put = [&](int byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return out;
}

char single(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return '\0';
  }
}

}  // namespace

std::size_t find_bare_quote(std::string_view line, std::size_t from) {
  for (std::size_t at = line.find('"', from); at != std::string_view::npos; at = line.find('"', at + 1)) {
    std::size_t backslashes = 0;
    while (at - backslashes > from && line[at - backslashes - 1] == '\\')
      ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
  return std::string_view::npos;
}

void Unescaper::begin(std::string_view line) {
  used_ = 0;
  if (buffer_.size() < line.size()) buffer_.resize(line.size());
}

std::string_view Unescaper::undo(std::string_view text, Escape escape) {
  const char sign = escape_sign(escape);
  const auto first = text.find(sign);
  if (first == std::string_view::npos || text.size() > buffer_.size() - used_) return text;
  char* const begin = buffer_.data() + used_;
  char* out = std::ranges::copy(text.substr(0, first), begin).out;
  for (std::size_t i = first; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (escape == Escape::hash) {
      const int byte = rest[0] == sign ? hex_number(rest.substr(1), 2) : -1;
      *out++ = byte >= 0 ? static_cast<char>(byte) : rest[0];
      i += byte >= 0 ? 3 : 1;
      continue;
    }
    const char kind = rest[0] == '\\' && rest.size() > 1 ? rest[1] : '\0';  // 0: no escape
    if (const int byte = kind == 'x' && escape != Escape::json ? hex_number(rest.substr(2), 2) : -1;
        byte >= 0) {
      *out++ = static_cast<char>(byte);
      i += 4;
    } else if (const int code = kind == 'u' && escape == Escape::json ? hex_number(rest.substr(2), 4) : -1;
               code >= 0) {
      out = put_character(out, code);
      i += 6;
    } else if (const char plain = escape != Escape::hex ? single(kind) : '\0'; plain != '\0') {
      *out++ = plain;
      i += 2;
    } else {
      *out++ = text[i++];
    }
  }
  used_ += static_cast<std::size_t>(out - begin);
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace sluice::intake
