// SPDX-License-Identifier: Apache-2.0
// What a line says about the proxies between the visitor and the server, as their headers have it. Filled in
// by the formats; proxies.h says which of it to believe.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/base/address.h"

namespace sluice::intake {

struct ForwardingHeaders {
  std::optional<Address> peer;          // who connected; nothing: the request's client did
  std::optional<Address> proxy_client;  // of the PROXY protocol
  std::string_view forwarded_for;       // X-Forwarded-For; the nearest hop stands last
  std::string_view forwarded;           // RFC 7239; the nearest hop stands last
};

// "192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]:443", or nothing.
[[nodiscard]] std::optional<Address> parse_endpoint(std::string_view text);

}  // namespace sluice::intake
