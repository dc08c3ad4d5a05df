// SPDX-License-Identifier: Apache-2.0
// Which programs are ours: those pinned under BPF_FS/programs, told from others by the kernel's id and never
// by name. Used by filter_attach and filter_detach.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {

struct PinnedProgram {
  std::string path;
  std::string interface;  // where it was attached
  std::uint32_t id = 0;
  bool extension = false;  // made to run under a dispatcher
  UniqueFd fd;
};

// None where the directory is missing.
[[nodiscard]] Result<std::vector<PinnedProgram>> pinned_programs(const std::string& bpf_fs);

// The kernel's id of an open program.
[[nodiscard]] Result<std::uint32_t> program_id(int program_fd);

// An interface that runs the program: the one it was attached to, or, as interfaces can be renamed, whichever
// does.
struct Whereabouts {
  std::string interface;
  unsigned index = 0;  // 0: no interface runs it
  XdpOccupancy occupancy;
};
[[nodiscard]] Whereabouts find_program(const PinnedProgram& program);

}  // namespace sluice::kernel
