// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/json_repair.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "daemon/base/utf8.h"

namespace sluice::intake {

std::optional<std::size_t> repair_json(std::string_view line, char* const begin) {
  char* out = begin;
  bool changed = false;
  const auto put = [&](std::string_view text) { out = std::ranges::copy(text, out).out; };
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == '\\') {
      if (i + 3 < line.size() && line[i + 1] == 'x' && is_hex_digit(line[i + 2]) &&
          is_hex_digit(line[i + 3])) {
        put("\\u00");
        put(line.substr(i + 2, 2));
        changed = true;
        i += 4;
      } else {
        put(line.substr(i, 2));
        i += 2;
      }
    } else if (static_cast<unsigned char>(c) < 0x20) {
      put(" ");  // which JSON allows inside text and outside
      changed = true;
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x80) {
      put(line.substr(i, 1));
      ++i;
    } else if (const std::size_t length = utf8_length(line.substr(i)); length > 0) {
      put(line.substr(i, length));
      i += length;
    } else {
      put("?");
      changed = true;
      ++i;
    }
  }
  if (!changed) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

}  // namespace sluice::intake
