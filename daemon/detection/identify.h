// SPDX-License-Identifier: Apache-2.0
// Whom an observation is held against.
#pragma once

#include "daemon/base/address.h"

namespace sluice::detection {

struct IdentityOptions {
  unsigned ipv6_prefix_length =
      64;  // 32 to 128; a subscriber owns at least a /64 and can use every address of it

  bool operator==(const IdentityOptions&) const = default;
};

// The IPv4 address, or the IPv6 network of the configured length.
[[nodiscard]] inline Prefix identify(const Address& client, const IdentityOptions& options) {
  return {client, client.family() == Family::ipv4 ? 32U : options.ipv6_prefix_length};
}

}  // namespace sluice::detection
