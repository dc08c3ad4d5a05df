// SPDX-License-Identifier: Apache-2.0
// Addresses between the domain's types and those of bpf/wire.h. Used by verdict_table, near_bits and
// event_source.
#pragma once

#include <cstdint>
#include <optional>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::kernel {

// The prefix must be of the key's family; anything else is our bug.
[[nodiscard]] sluice_key_v4 to_key_v4(const Prefix& prefix);
[[nodiscard]] sluice_key_v6 to_key_v6(const Prefix& prefix);

// Nothing where the length is beyond the family's.
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_key_v4& key);
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_key_v6& key);

// Both halves of an address as the program's struct source has them: in host order, left aligned, so that an
// IPv4 address is the upper half of `high`.
struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};
[[nodiscard]] Halves to_halves(const Address& address);

// The network that activity was counted for; ipv6_source_length as in sluice_settings. Nothing where the
// family is unknown.
[[nodiscard]] std::optional<Prefix> to_prefix(const sluice_source_key& key, unsigned ipv6_source_length);

}  // namespace sluice::kernel
