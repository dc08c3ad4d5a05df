// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/forwarding_headers.h"

namespace sluice::intake {

std::optional<Address> parse_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    text = text.substr(1, close - 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos && text.find('.') < colon &&
                                                text.find(':', colon + 1) == std::string_view::npos) {
    text = text.substr(0, colon);
  }
  if (const auto zone = text.find('%'); zone != std::string_view::npos && zone > text.find(':')) {
    text = text.substr(0, zone);
  }
  const auto address = Address::parse(text);
  return address ? std::optional(*address) : std::nullopt;
}

}  // namespace sluice::intake
