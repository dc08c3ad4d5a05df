// SPDX-License-Identifier: Apache-2.0
// What a frame's source deserves, worked out from the frame's bytes alone and by other means than the
// program: the measure for hostile_test. Knows no reasons, only whether the packet may be stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bpf/wire.h"
#include "daemon/base/address.h"

namespace sluice::test {

// Where a frame says who sent it; whether that can be held against it.
struct Sender {
  Address address;
  std::size_t offset = 0;  // of the address in the frame
  bool judged = false;     // the frame is one of those that the filter judges
};

// Nothing where the frame holds no source.
[[nodiscard]] std::optional<Sender> sender_of(std::span<const std::uint8_t> frame, sluice_scope scope,
                                              std::span<const std::uint16_t> ports);

struct Rules {
  std::vector<Prefix> blocked;
  std::vector<Prefix> allowed;  // beats blocked
};

[[nodiscard]] bool deserves_drop(const std::optional<Sender>& sender, const Rules& rules);

}  // namespace sluice::test
