// SPDX-License-Identifier: Apache-2.0
// detach() and inspect() of filter.h.
#include <cerrno>

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/filter.h"
#include "daemon/kernel/pinned_programs.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {
namespace {

Result<void> remove_maps(const std::string& bpf_fs) {
  const auto maps = list_directory(maps_directory(bpf_fs));
  if (!maps) return maps.error();
  for (const auto& name : *maps) {
    const std::string path = map_path(bpf_fs, name);
    if (unlink(path.c_str()) != 0) return Error::system(path, errno);
  }
  return {};
}

bool runs_at(const PinnedProgram& program, const XdpOccupancy& occupancy) {
  if (occupancy.complete) return occupancy.runs(program.id);
  return occupancy.hook_id == program.id || program.extension;
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
  const auto pinned = pinned_programs(bpf_fs);
  if (!pinned) return pinned.error();

  std::string failures;
  for (const auto& program : *pinned) {
    const Whereabouts at = find_program(program);
    if (at.index != 0) {
      if (auto removed = remove_program(at.index, at.occupancy, program.fd.get()); !removed) {
        failures +=
            fmt::format("{}{}: {}", failures.empty() ? "" : "; ", at.interface, removed.error().message());
        continue;
      }
    }
    (at.index != 0 ? report.detached : report.gone).push_back(at.interface);
    if (unlink(program.path.c_str()) != 0) return Error::system(program.path, errno);
  }
  if (!failures.empty()) return Error(std::move(failures));
  if (auto removed = remove_maps(bpf_fs); !removed) return removed.error();
  remove_bpf_fs(bpf_fs);
  return report;
}

Result<std::vector<InterfaceState>> inspect(const std::string& bpf_fs) {
  const auto pinned = pinned_programs(bpf_fs);
  if (!pinned) return pinned.error();
  std::vector<InterfaceState> states;
  for (const auto& program : *pinned) {
    InterfaceState state;
    state.attachment.interface = program.interface;
    state.attachment.program_id = program.id;
    state.attachment.placement = program.extension ? Placement::dispatcher : Placement::single;
    state.attachment.index = if_nametoindex(program.interface.c_str());
    if (state.attachment.index != 0) {
      const auto occupancy = xdp_occupancy(state.attachment.index);
      if (!occupancy) return occupancy.error().in(program.interface);
      state.attachment.mode = occupancy->mode;
      state.attached = !occupancy->is_free() && runs_at(program, *occupancy);
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace sluice::kernel
