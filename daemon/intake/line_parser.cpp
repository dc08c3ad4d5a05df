// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/line_parser.h"

#include <array>

namespace sluice::intake {
namespace {

constexpr std::array<std::string_view, kParseFaults> kFaultNames = {
    "empty",     "too_long",      "part",       "no_client",          "bad_client",
    "no_time",   "bad_time",      "no_request", "unterminated_quote", "bad_status",
    "bad_bytes", "missing_field", "not_json",   "not_an_object",      "mismatch"};

}  // namespace

std::string_view to_string(ParseFault fault) {
  return kFaultNames.at(static_cast<std::size_t>(fault));
}

}  // namespace sluice::intake
