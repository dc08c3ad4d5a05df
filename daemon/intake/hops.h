// SPDX-License-Identifier: Apache-2.0
// What a line says about the proxies between the visitor and the server, as the headers have it. Whom of them
// to believe is proxies.h.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/base/address.h"

namespace sluice::intake {

struct Hops {
  std::optional<Address> peer;          // who connected; nothing: the request's client did
  std::optional<Address> proxy_client;  // of the PROXY protocol
  std::string_view forwarded_for;       // X-Forwarded-For; the nearest hop stands last
  std::string_view forwarded;           // RFC 7239, likewise
};

}  // namespace sluice::intake
