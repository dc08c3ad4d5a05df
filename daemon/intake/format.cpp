// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/format.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/intake/clf.h"
#include "daemon/intake/haproxy.h"
#include "daemon/intake/json.h"
#include "daemon/intake/pattern.h"
#include "daemon/intake/pattern_parser.h"

namespace sluice::intake {
namespace {

constexpr std::array<std::string_view, kFormats> kNames = {"combined", "common", "vhost_combined", "nginx",
                                                           "apache",   "json",   "haproxy"};

constexpr std::array<std::string_view, kParseFaults> kFaults = {
    "empty",         "too_long",   "no_client",          "bad_client", "no_time",
    "bad_time",      "no_request", "unterminated_quote", "bad_status", "bad_bytes",
    "missing_field", "not_json",   "not_an_object",      "mismatch"};

}  // namespace

std::string_view to_string(Format format) {
  return kNames.at(static_cast<std::size_t>(format));
}

Result<Format> parse_format(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Format>(i);
  }
  return Error(
      fmt::format("'{}' is not a log format; there are {}", text.substr(0, 64), fmt::join(kNames, ", ")));
}

std::string_view to_string(ParseFault fault) {
  return kFaults.at(static_cast<std::size_t>(fault));
}

Result<std::unique_ptr<LineParser>> make_parser(const LogOptions& options) {
  const NamedVariables named{options.account, options.credential, options.fingerprint};
  switch (options.format) {
    case Format::combined:
      return std::unique_ptr<LineParser>(std::make_unique<ClfParser>(ClfParser::Fields::combined));
    case Format::common:
      return std::unique_ptr<LineParser>(std::make_unique<ClfParser>(ClfParser::Fields::common));
    case Format::vhost_combined:
      return std::unique_ptr<LineParser>(std::make_unique<ClfParser>(ClfParser::Fields::vhost_combined));
    case Format::json:
      return make_json_parser(options.fields);
    case Format::haproxy:
      return make_haproxy_parser(options.headers, named);
    case Format::nginx:
    case Format::apache:
      break;
  }
  auto pattern = options.format == Format::nginx ? compile_nginx(options.pattern, named)
                                                 : compile_apache(options.pattern, named);
  if (!pattern) return Error(fmt::format("pattern {}", pattern.error().message()));
  return make_pattern_parser(*std::move(pattern));
}

}  // namespace sluice::intake
