// SPDX-License-Identifier: Apache-2.0
// detach() and inspect() of filter.h.
#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/filter.h"
#include "daemon/kernel/maps.h"
#include "daemon/kernel/pinned_programs.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {
namespace {  // Whether the tables that the daemon opens are the program's.
Result<bool> judges_by_pinned_maps(const PinnedProgram& program, const std::string& bpf_fs) {
  const auto used = map_ids_of(program.fd.get());
  if (!used) return used.error();
  for (const char* table : {"allow_v4", "allow_v6", "decisions_v4", "decisions_v6"}) {
    const auto map = MapFd::open(map_path(bpf_fs, table), Access::read, 0, 0);
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

Result<DetachReport> detach(const std::string& bpf_fs) {
  DetachReport report;
  if (access(bpf_fs.c_str(), F_OK) != 0 && errno == ENOENT) return report;
  const auto lock = lock_directory(bpf_fs, "another `sluiced attach` or `detach` is at work");
  if (!lock) return lock.error();
  const auto ours = our_programs(bpf_fs);
  if (!ours) return ours.error();

  std::string failures;
  for (const auto& program : *ours) {
    const Whereabouts at = find_program(program);
    if (at.index != 0) {
      if (auto removed = remove_program(at.index, at.occupancy, program.fd.get()); !removed) {
        failures +=
            fmt::format("{}{}: {}", failures.empty() ? "" : "; ", at.interface, removed.error().message());
        continue;
      }
    }
    // Once, also where an attach that was killed left two programs under one dispatcher.
    auto& told = at.index != 0 ? report.detached : report.gone;
    if (std::ranges::find(told, at.interface) == told.end()) told.push_back(at.interface);
    if (!program.path.empty() && unlink(program.path.c_str()) != 0) return Error::system(program.path, errno);
  }
  if (!failures.empty()) return Error(std::move(failures));
  remove_stale_dispatchers(bpf_fs);
  for (const auto& directory : {new_maps_directory(bpf_fs), maps_directory(bpf_fs)}) {
    if (auto removed = remove_pins(directory); !removed) return removed.error();
  }
  remove_bpf_fs(bpf_fs);
  return report;
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
    const auto current = judges_by_pinned_maps(program, bpf_fs);
    if (!current) return current.error().in(program.interface);
    state.on_pinned_maps = *current;
    if (state.attached) running.insert(at.index);
    states.push_back(std::move(state));
  }
  // An attach that was killed leaves two pins for an interface: the one that runs counts.
  std::erase_if(states, [&](const InterfaceState& state) {
    return !state.attached && running.contains(state.attachment.index);
  });
  return states;
}

}  // namespace sluice::kernel
