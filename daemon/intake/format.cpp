// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/format.h"

#include <array>
#include <cassert>

#include <fmt/format.h>

#include "daemon/intake/clf.h"
#include "daemon/intake/json.h"

namespace sluice::intake {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"combined", "common", "json"};

constexpr std::array<std::string_view, kParseFaults> kFaults = {
    "empty",         "too_long",   "no_client",          "bad_client", "no_time",
    "bad_time",      "no_request", "unterminated_quote", "bad_status", "bad_bytes",
    "missing_field", "not_json",   "not_an_object"};

}  // namespace

std::string_view to_string(Format format) {
  return kFormats.at(static_cast<std::size_t>(format));
}

Result<Format> parse_format(std::string_view text) {
  for (std::size_t i = 0; i < kFormats.size(); ++i) {
    if (kFormats[i] == text) return static_cast<Format>(i);
  }
  return Error(
      fmt::format("'{}' is not a log format; there are combined, common and json", text.substr(0, 64)));
}

std::string_view to_string(ParseFault fault) {
  return kFaults.at(static_cast<std::size_t>(fault));
}

std::unique_ptr<LineParser> make_parser(Format format, const FieldMap& fields) {
  switch (format) {
    case Format::combined:
      return std::make_unique<ClfParser>(ClfParser::Fields::combined);
    case Format::common:
      return std::make_unique<ClfParser>(ClfParser::Fields::common);
    case Format::json:
      return make_json_parser(fields);
  }
  assert(false);
  return nullptr;
}

}  // namespace sluice::intake
