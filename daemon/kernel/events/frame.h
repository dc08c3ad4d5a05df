// SPDX-License-Identifier: Apache-2.0
// Reads addresses and ports from the copy of a frame. Used by hello_assembler, and by app/ to show dropped
// frames. It decides nothing: the filter has judged the frame already. Strangers send these frames, so every
// read is bounded. What cannot be read is absent in the answer.
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
  // For TCP and UDP, and only in the first fragment.
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint16_t> destination_port;
  // For TCP, if its whole header was copied.
  std::optional<std::uint32_t> sequence;
};

// Ethernet with up to two VLAN tags, IPv4, IPv6 with up to eight extension headers, as the filter reads them.
// Nothing if there is no whole IP header.
[[nodiscard]] std::optional<FrameSummary> summarize(std::span<const std::uint8_t> frame);

}  // namespace sluice::kernel
