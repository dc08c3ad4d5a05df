// SPDX-License-Identifier: Apache-2.0
// inspect() of filter.h, and the words for what it finds.
#include <algorithm>
#include <cerrno>
#include <set>

#include <net/if.h>

#include "bpf/map_names.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/attach/pinned_programs.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/bpf_map.h"

namespace sluice::kernel {
namespace {

// Whether the program uses the tables that the daemon opens.
Result<bool> uses_pinned_maps(const PinnedProgram& program, const std::string& bpf_fs) {
  const auto used = map_ids_of(program.fd.get());
  if (!used) return used.error();
  for (const char* table :
       {SLUICE_MAP_ALLOW_V4, SLUICE_MAP_ALLOW_V6, SLUICE_MAP_DECISIONS_V4, SLUICE_MAP_DECISIONS_V6}) {
    const auto map = MapFd::open(map_path(bpf_fs, table), PinAccess::read, 0, 0);
    if (!map && map.error().code() == ENOENT) return false;
    if (!map) return map.error();
    if (!used->contains(map->id())) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(Placement placement) {
  return placement == Placement::single ? "single program" : "dispatcher";
}

std::string_view to_string(XdpMode mode) {
  switch (mode) {
    case XdpMode::automatic:
      return "auto";
    case XdpMode::native:
      return "native";
    case XdpMode::generic:
      return "generic";
  }
  return {};
}

Result<std::vector<InterfaceState>> inspect(const std::string& bpf_fs) {
  const auto pinned = pinned_programs(bpf_fs);
  if (!pinned) return pinned.error();
  std::set<std::uint32_t> running;  // interfaces, by index
  std::vector<InterfaceState> states;
  for (const auto& program : *pinned) {
    const Whereabouts at = find_program(program);
    InterfaceState state;
    state.attachment.interface = at.interface;
    state.attachment.program_id = program.id;
    state.attachment.placement = program.extension ? Placement::dispatcher : Placement::single;
    state.attached = at.index != 0;
    state.attachment.index = state.attached ? at.index : if_nametoindex(program.interface.c_str());
    state.attachment.mode = at.occupancy.mode;
    const auto current = uses_pinned_maps(program, bpf_fs);
    if (!current) return current.error().in(program.interface);
    state.on_pinned_maps = *current;
    if (state.attached) running.insert(at.index);
    states.push_back(std::move(state));
  }
  // A killed attach leaves two pins for an interface: the one that runs counts.
  std::erase_if(states, [&](const InterfaceState& state) {
    return !state.attached && running.contains(state.attachment.index);
  });
  return states;
}

}  // namespace sluice::kernel
