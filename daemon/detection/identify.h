// SPDX-License-Identifier: Apache-2.0
// Which source an observation counts for.
#pragma once

#include <algorithm>

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

// The network whose sources form one group: an IPv4 /24 or an IPv6 /48. A source that is wider than that is
// its own group.
[[nodiscard]] inline Prefix group_network(const Prefix& source) {
  const unsigned length = source.family() == Family::ipv4 ? 24 : 48;
  return {source.address(), std::min(length, source.length())};
}

}  // namespace sluice::detection
