// SPDX-License-Identifier: Apache-2.0
// What stands at an interface's XDP hook, whoever put it there, and taking one program of it away. Used by
// filter_attach and filter_detach. Knows nothing of what is ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/filter.h"

namespace sluice::kernel {

struct XdpOccupancy {
  struct Program {
    std::uint32_t id = 0;
    std::string name;
  };

  std::uint32_t hook_id = 0;  // of the program at the hook itself, perhaps a dispatcher; 0: the hook is free
  XdpMode mode = XdpMode::native;  // native or generic, unless free
  Placement placement = Placement::single;
  std::vector<Program> programs;  // those that the dispatcher calls, or the single one
  bool complete = true;           // false: only root may tell what runs; placement and programs are not known

  [[nodiscard]] bool is_free() const { return hook_id == 0; }
  [[nodiscard]] bool runs(std::uint32_t program_id) const;
};

// Works without privileges, but then tells no more than hook_id and mode.
[[nodiscard]] Result<XdpOccupancy> xdp_occupancy(unsigned interface_index);

// Takes one program away, as found in `occupancy`; others stay. Fails if the hook changed meanwhile.
[[nodiscard]] Result<void> remove_program(unsigned interface_index, const XdpOccupancy& occupancy,
                                          int program_fd);

// XDP_FLAGS_* and the libxdp spelling of a mode.
[[nodiscard]] std::uint32_t attach_flags(XdpMode mode);

}  // namespace sluice::kernel
