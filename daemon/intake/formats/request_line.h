// SPDX-License-Identifier: Apache-2.0
// The parts of fields that every log format shares: the HTTP request line, and numbers as servers write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/detection/observation.h"

namespace sluice::intake {

// Fills method, target and protocol from "GET /path HTTP/1.1". A target with spaces is taken whole, as
// servers do; "GET /path" is HTTP/0.9. Anything else is not HTTP: the method stays empty and the target is
// the text.
void split_request_line(std::string_view text, detection::Request& request);

// The same of the beginning of a request line, where the log's line ended too soon: the target as
// take_cut_target() has it.
void split_cut_request_line(std::string_view text, detection::Request& request);

// Fills in the target of which `text` is the beginning. The path is whole where a query has begun; of the
// query the last parameter is left out, for it may go on. Otherwise the path itself may go on
// (Request::path_cut).
void take_cut_target(std::string_view text, detection::Request& request);

// What is taken for the status where the line ended before it: see detection::Request::cut.
inline constexpr std::uint16_t kStatusOfCutLine = 200;

// The path and query of a target: "http://host/path?query", which servers accept as well, becomes
// "/path?query".
[[nodiscard]] std::string_view path_of_target(std::string_view target);

// "-" is how servers write an absent field.
[[nodiscard]] inline std::string_view or_empty(std::string_view field) {
  return field == "-" ? std::string_view() : field;
}

// Whether a text that stands where the user does holds "192.0.2.7 - ": the client of a line whose host, as
// the visitor sent it, looked like another client.
[[nodiscard]] bool holds_client(std::string_view user);

// Three digits; "-" and numbers outside 100 to 599 (nginx writes 000 when it answered nothing) give 0.
[[nodiscard]] std::optional<std::uint16_t> parse_status(std::string_view text);

// Decimal digits; "-" gives 0. HAProxy's `option logasap` writes "+5120": so many so far.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace sluice::intake
