// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/all.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/intake/envelopes/envelope_parser.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/fixed_patterns.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/w3c.h"

namespace sluice::intake {

std::span<const Format> all_formats() {
  static const std::array kFormats = {
      // The order decides where two formats get the same out of a log: the first one is taken.
      Format(formats::kCombined),    Format(formats::kCommon),  Format(formats::kVhostCombined),
      Format(formats::kVhostCommon), Format(formats::kNginx),   Format(formats::kApache),
      Format(formats::kJson),        Format(formats::kHaproxy), Format(formats::kW3c),
      Format(formats::kIngress),     Format(formats::kNpm),     Format(formats::kLighttpd),
      Format(formats::kAlb),         Format(formats::kEnvoy),
  };
  return kFormats;
}

Result<Format> parse_format(std::string_view text) {
  const auto at = std::ranges::find(all_formats(), text, [](Format format) { return format->name; });
  if (at != all_formats().end()) return *at;
  std::vector<std::string_view> names;
  for (const Format format : all_formats())
    names.push_back(format->name);
  return Error(
      fmt::format("'{}' is not a log format; there are {}", text.substr(0, 64), fmt::join(names, ", ")));
}

Result<std::unique_ptr<LineParser>> make_parser(const LogOptions& options) {
  auto parser = options.format->make_parser(options);
  if (!parser) return parser;
  return open_envelopes(options.envelope, *std::move(parser));
}

}  // namespace sluice::intake
