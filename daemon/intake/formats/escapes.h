// SPDX-License-Identifier: Apache-2.0
// Undoes the escapes that servers write for the characters that could be taken for the end of a value. Used
// by the formats.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/intake/formats/pattern.h"

namespace sluice::intake {

// The first bare quote at or after `from`: one with an even number of backslashes before it. npos if there is
// none.
[[nodiscard]] std::size_t find_bare_quote(std::string_view line, std::size_t from);

// The character that every escape of the kind begins with.
[[nodiscard]] constexpr char escape_sign(Escape escape) {
  return escape == Escape::hash ? '#' : '\\';
}

// Undoes the escapes of one line after the other. What is no escape stays as it is.
class Unescaper {
 public:
  // To be called with each line that holds an escape, before undo() is asked about its values.
  void begin(std::string_view line);
  // The text itself where it holds no sign of an escape; otherwise a copy that lives until begin(). Never
  // longer than the text.
  [[nodiscard]] std::string_view undo(std::string_view text, Escape escape);

 private:
  std::vector<char> buffer_;  // values of one line are together no longer than the line
  std::size_t used_ = 0;
};

}  // namespace sluice::intake
