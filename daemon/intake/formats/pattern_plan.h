// SPDX-License-Identifier: Apache-2.0
// Makes the plan of a pattern from its variables and the text between them. Shared by the two notations,
// which know what their variables are called; private to formats/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/intake/formats/pattern.h"

namespace sluice::intake {

// Characters that the values of a variable may hold.
enum class Holds : std::uint8_t {
  anything,  // a visitor or somebody unknown writes it
  word,      // no white space, no quotes: the server writes it
  name,      // of a host: letters, digits, '.', '-', '_', '*'
  address,   // hexadecimal digits, ':', '.'
  number,    // digits, '.', '-', '+'
  capture,   // a header among HAProxy's captures: no quotes, braces and bars
  captures,  // all of them: no quotes and braces
  hops,      // addresses with ", " between them
  list,      // what several servers say of one request, with ", " or " : " between them; no quotes
  time,      // what the pattern's time format says
};

struct Token {
  bool is_literal = false;
  std::string text;  // the literal, or the variable as the pattern has it
  Field field = Field::skip;
  Holds holds = Holds::anything;
  int rank = 0;  // of two variables for one field the higher counts
  std::optional<TimeFormat> time;

  [[nodiscard]] static Token literal(std::string_view text) {
    return {true, std::string(text), Field::skip, Holds::anything, 0, std::nullopt};
  }
};

// "$remote_addr - ${status}": the text and the variables of it, each as `variable` makes it of its name.
[[nodiscard]] Result<std::vector<Token>> dollar_tokens(std::string_view text,
                                                       Token (*variable)(std::string_view name));

// The error names the variables concerned and the remedy.
[[nodiscard]] Result<Pattern> plan(std::vector<Token> tokens, Escape escape, const NamedVariables& named);

}  // namespace sluice::intake
