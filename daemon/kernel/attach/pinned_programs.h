// SPDX-License-Identifier: Apache-2.0
// Which programs are ours: those pinned under BPF_FS/programs, and those that use our pinned maps (a killed
// attach may have put such a program at an interface without pinning it). The kernel's ids tell them from
// others, never their names. Used by filter_attach, attach_plan, attacher, filter_detach and filter_inspect.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/attach/xdp_interface.h"

namespace sluice::kernel {

struct PinnedProgram {
  std::string path;       // empty: it is not pinned
  std::string interface;  // where it was attached
  std::uint32_t id = 0;
  bool extension = false;  // made to run under a dispatcher
  UniqueFd fd;
};

// None if the directory is missing.
[[nodiscard]] Result<std::vector<PinnedProgram>> pinned_programs(const std::string& bpf_fs);

// Those and, at the interfaces of this network namespace, those that use our maps without being pinned. Needs
// root.
[[nodiscard]] Result<std::vector<PinnedProgram>> our_programs(const std::string& bpf_fs);

// The kernel's ids of the maps that are pinned in a directory.
[[nodiscard]] Result<std::set<std::uint32_t>> pinned_map_ids(const std::string& directory);
// The ids of the maps that a program refers to.
[[nodiscard]] Result<std::set<std::uint32_t>> map_ids_of(int program_fd);
// Whether a program at an interface of this network namespace refers to one of these maps. Needs root.
[[nodiscard]] Result<bool> attached_programs_use(const std::set<std::uint32_t>& ids);

// Removes those of libxdp's own pins that a killed attach or detach left: dispatchers that are at no
// interface of this network namespace and hold a program on our maps. They would keep program and maps loaded
// for ever. Others' pins stay. Best effort: what is left now goes the next time. Needs root.
void remove_stale_dispatchers(const std::string& bpf_fs);

// The kernel's id of an open program.
[[nodiscard]] Result<std::uint32_t> program_id(int program_fd);

// The interface that runs the program: the one it was attached to, or another if that one was renamed.
// Without root a program under a dispatcher cannot be seen: it counts as running while anything is attached
// where it was.
struct Whereabouts {
  std::string interface;
  unsigned index = 0;  // 0: no interface runs it
  XdpOccupancy occupancy;
};
[[nodiscard]] Whereabouts find_program(const PinnedProgram& program);

}  // namespace sluice::kernel
