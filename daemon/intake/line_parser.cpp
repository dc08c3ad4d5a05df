// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/line_parser.h"

#include <array>

namespace sluice::intake {
namespace {

constexpr std::array<std::string_view, kParseFaults> kFaultNames = {
    "empty",     "too_long",      "part",       "no_client",          "bad_client",
    "no_time",   "bad_time",      "no_request", "unterminated_quote", "bad_status",
    "bad_bytes", "missing_field", "not_json",   "not_an_object",      "directive",
    "mismatch"};

// In the order of the faults. Formats read a line in about this order: the time first, which marks the place
// of what stands before it, then the client, then the rest from left to right.
constexpr std::array<Failure, kParseFaults> kFailures = {{{"the line", 0},
                                                          {"the line", 0},
                                                          {"the line", 0},
                                                          {"the client", 3},
                                                          {"the client", 3},
                                                          {"the time", 1},
                                                          {"the time", 3},
                                                          {"the request", 0},
                                                          {"a quote that does not end", 5},
                                                          {"the status", 5},
                                                          {"the bytes", 6},
                                                          {"what stands behind the bytes", 7},
                                                          {"the JSON", 0},
                                                          {"the JSON", 0},
                                                          {"the line", 0},
                                                          {"the line", 0}}};

}  // namespace

Failure usual_failure(ParseFault fault) {
  return kFailures.at(static_cast<std::size_t>(fault));
}

std::string_view to_string(ParseFault fault) {
  return kFaultNames.at(static_cast<std::size_t>(fault));
}

}  // namespace sluice::intake
