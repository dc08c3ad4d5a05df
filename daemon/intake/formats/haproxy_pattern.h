// SPDX-License-Identifier: Apache-2.0
// HAProxy's log-format: what its variables are called, and how it quotes and escapes them. Used by
// haproxy.cpp for logs whose pattern the operator gives; the lines are read by pattern_parser.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/time_zone.h"

namespace sluice::intake {

// The captured headers of a request or an answer, in the order of the configuration, and what each is.
struct Captures {
  std::vector<std::string> names;
  std::vector<Field> fields;  // as many
};

// What stands in `log-format`, with its quotes or without, or behind that word. Times without a zone are
// those of `zone`. Refused is what no line can be cut by, as for nginx, and an expression without +E, in
// which a visitor could write quotes.
[[nodiscard]] Result<Pattern> compile_haproxy(std::string_view text, const Captures& request,
                                              const Captures& response, const TimeZone& zone);

}  // namespace sluice::intake
