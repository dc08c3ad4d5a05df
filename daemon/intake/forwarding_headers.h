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
  // The field that the operator names as the client, or a list of addresses where the client should stand: a
  // proxy wrote it, and what it holds may be a visitor's. Written as X-Forwarded-For is.
  std::string_view visitor;
  // The log does not say who connected: the request's client is the first address of `visitor`.
  bool peer_unknown = false;
};

// "192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]:443", each IPv6 address also with a zone
// ("fe80::1%eth0", which is left out); nothing for any other text.
[[nodiscard]] std::optional<Address> parse_endpoint(std::string_view text);

}  // namespace sluice::intake
