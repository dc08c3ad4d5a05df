// SPDX-License-Identifier: Apache-2.0
// What the copy of a frame says of itself: addresses, ports, where its payload stands. Used by
// hello_assembler and by app/, which shows dropped frames. The filter has judged the frame by then: nothing
// here decides. Frames are whatever strangers send; every read is bounded, and what cannot be read is told as
// absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "daemon/base/address.h"

namespace sluice::kernel {

struct FrameSummary {
  Address source;
  Address destination;
  std::uint8_t protocol = 0;  // IPPROTO_ of what follows the IP headers
  // Of TCP and UDP, and of the first fragment alone.
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint16_t> destination_port;
  // Of TCP, where its header was copied whole.
  std::optional<std::uint32_t> sequence;
};

// Ethernet with up to two VLAN tags, IPv4, IPv6 with up to eight extension headers, as the filter reads them.
// Nothing where there is no whole IP header.
[[nodiscard]] std::optional<FrameSummary> summarize(std::span<const std::uint8_t> frame);

}  // namespace sluice::kernel
