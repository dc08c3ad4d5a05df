// SPDX-License-Identifier: Apache-2.0
// What is at the XDP hook of an interface, whoever put it there; and how to take one program away. Used by
// the rest of attach/. Does not know which programs are ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/attach/filter.h"

namespace sluice::kernel {

struct XdpOccupancy {
  struct Program {
    std::uint32_t id = 0;
    std::string name;
  };

  std::uint32_t hook_id = 0;       // the program at the hook, which may be a dispatcher; 0: the hook is free
  XdpMode mode = XdpMode::native;  // native or generic, unless free
  Placement placement = Placement::single;
  std::vector<Program> programs;  // those that the dispatcher calls, or the single one
  bool complete = true;           // false: only root may see more; placement and programs are unknown

  [[nodiscard]] bool is_free() const { return hook_id == 0; }
  [[nodiscard]] bool runs(std::uint32_t program_id) const;
};

// Without privileges it finds hook_id and mode only.
[[nodiscard]] Result<XdpOccupancy> xdp_occupancy(unsigned interface_index);

// Takes one program away that runs as `occupancy` says. Others stay. Fails if the hook changed meanwhile.
[[nodiscard]] Result<void> remove_program(unsigned interface_index, const XdpOccupancy& occupancy,
                                          int program_fd);

// The mode as XDP_FLAGS_*.
[[nodiscard]] std::uint32_t attach_flags(XdpMode mode);

}  // namespace sluice::kernel
