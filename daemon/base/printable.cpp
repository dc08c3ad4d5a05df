// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/printable.h"

#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace sluice {
namespace {

// The character at the front if it is one that changes how others are shown, with its length in UTF-8; 0, 0
// if not.
struct Invisible {
  unsigned code = 0;
  std::size_t bytes = 0;
};
Invisible invisible_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) == 0xd8 && byte(1) == 0x9c) return {0x061c, 2};  // ARABIC LETTER MARK
  if ((byte(0) & 0xf0U) != 0xe0 || text.size() < 3) return {};
  const unsigned code = (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
  const bool is_one = (code >= 0x200b && code <= 0x200f) ||  // zero width, marks of direction
                      (code >= 0x2028 && code <= 0x202e) ||  // ends of lines, embeddings and overrides
                      (code >= 0x2060 && code <= 0x206f) ||  // isolates, and what is obsolete
                      code == 0xfeff;
  return is_one ? Invisible{code, 3} : Invisible{};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) {  // U+0080 to U+009F: some terminals obey them too
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
    } else if (const Invisible found = invisible_at(text.substr(i)); found.bytes > 0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", found.code);
      i += found.bytes - 1;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace sluice
