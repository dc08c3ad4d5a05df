// SPDX-License-Identifier: Apache-2.0
// Which programs are ours: those pinned under BPF_FS/programs, and those that judge by our pinned maps, which
// an attach that was killed may have put at an interface without pinning them. Told from others by the
// kernel's ids and never by name. Used by filter_attach and filter_detach.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {

struct PinnedProgram {
  std::string path;       // empty: it is not pinned
  std::string interface;  // where it was attached
  std::uint32_t id = 0;
  bool extension = false;  // made to run under a dispatcher
  UniqueFd fd;
};

// None where the directory is missing.
[[nodiscard]] Result<std::vector<PinnedProgram>> pinned_programs(const std::string& bpf_fs);

// Those, and those at this network namespace's interfaces that use our maps without being pinned. Needs root.
[[nodiscard]] Result<std::vector<PinnedProgram>> our_programs(const std::string& bpf_fs);

// The kernel's ids of the maps that are pinned in a directory.
[[nodiscard]] Result<std::set<std::uint32_t>> pinned_map_ids(const std::string& directory);
// Those of the maps that a program refers to.
[[nodiscard]] Result<std::set<std::uint32_t>> map_ids_of(int program_fd);
// Whether a program at one of this network namespace's interfaces does. Needs root.
[[nodiscard]] Result<bool> attached_programs_use(const std::set<std::uint32_t>& ids);

// What an attach or detach that was killed left of libxdp's own pins: dispatchers at no interface of this
// network namespace that hold a program on our maps, and would keep program and maps loaded for ever. Others'
// stay. Best effort: what is left now goes the next time. Needs root.
void remove_stale_dispatchers(const std::string& bpf_fs);

// The kernel's id of an open program.
[[nodiscard]] Result<std::uint32_t> program_id(int program_fd);

// An interface that runs the program: the one it was attached to, or, as interfaces can be renamed, whichever
// does. Without root one that runs under a dispatcher is taken to run while anything is attached where it
// was.
struct Whereabouts {
  std::string interface;
  unsigned index = 0;  // 0: no interface runs it
  XdpOccupancy occupancy;
};
[[nodiscard]] Whereabouts find_program(const PinnedProgram& program);

}  // namespace sluice::kernel
