// SPDX-License-Identifier: Apache-2.0
// Translates addresses between daemon/base/address.h and bpf/wire.h. Used by decision_map, proximity_filter,
// table_copy and events/.
#pragma once

#include <cstdint>
#include <optional>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::kernel {

// The prefix must be of the key's family; anything else is our bug.
[[nodiscard]] sluice_key_v4 to_key_v4(const Prefix& prefix);
[[nodiscard]] sluice_key_v6 to_key_v6(const Prefix& prefix);

// Nothing if the length is too long for the family.
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_key_v4& key);
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_key_v6& key);

// Both halves of an address, like struct source in bpf/parse.bpf.h: in host order, left aligned. An IPv4
// address stands in the upper half of `high`.
struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};
[[nodiscard]] Halves to_halves(const Address& address);

// The network that activity was counted for. `ipv6_source_length` is that of sluice_settings. Nothing if the
// family is unknown.
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_source_key& key, unsigned ipv6_source_length);

}  // namespace sluice::kernel
