// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/xdp_interface.h"

#include <algorithm>
#include <cerrno>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include "daemon/base/unique_fd.h"
#include "daemon/kernel/libbpf/library_log.h"
#include "daemon/kernel/libbpf/libxdp_handles.h"

namespace sluice::kernel {
namespace {

Result<bpf_prog_info> describe(std::uint32_t program_id) {
  const UniqueFd program(bpf_prog_get_fd_by_id(program_id));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0)
    return Error::system(fmt::format("describing program {}", program_id), errno);
  return info;
}

// The programs that replace functions of that one: those that a dispatcher calls. This asks the kernel, and
// not libxdp: libxdp 1.3 leaves a descriptor open for each program each time it reads a dispatcher, and the
// daemon reads for as long as it runs.
Result<std::vector<XdpOccupancy::Program>> extensions_of(std::uint32_t program_id) {
  std::vector<XdpOccupancy::Program> programs;
  for (std::uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
    const UniqueFd link(bpf_link_get_fd_by_id(id));
    bpf_link_info info{};
    std::uint32_t size = sizeof info;
    // A link that is gone meanwhile is skipped; so is its program below.
    if (!link || bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) continue;
    if (info.type != BPF_LINK_TYPE_TRACING || info.tracing.target_obj_id != program_id) continue;
    const auto program = describe(info.prog_id);
    if (!program && program.error().code() != ENOENT) return program.error();
    if (program && program->type == BPF_PROG_TYPE_EXT) programs.push_back({program->id, program->name});
  }
  if (errno != ENOENT) return Error::system("listing BPF links", errno);
  return programs;
}

struct Hook {
  XdpMode mode = XdpMode::native;
  std::uint32_t id = 0;
};

Result<Hook> query(unsigned interface_index) {
  const LibraryLog log;
  bpf_xdp_query_opts query{};
  query.sz = sizeof query;
  if (const int error = bpf_xdp_query(static_cast<int>(interface_index), 0, &query))
    return log.error("asking for the XDP program", error);
  if (query.drv_prog_id != 0) return Hook{XdpMode::native, query.drv_prog_id};
  return Hook{XdpMode::generic, query.skb_prog_id};
}

// Adds which programs run there.
Result<void> add_programs(XdpOccupancy& occupancy) {
  const auto at_hook = describe(occupancy.hook_id);
  if (!at_hook) return at_hook.error();
  auto called = extensions_of(occupancy.hook_id);
  if (!called) return called.error();
  if (called->empty()) {
    occupancy.programs.push_back({at_hook->id, at_hook->name});
  } else {
    occupancy.placement = Placement::dispatcher;
    occupancy.programs = *std::move(called);
  }
  return {};
}

}  // namespace

bool XdpOccupancy::runs(std::uint32_t program_id) const {
  return std::ranges::any_of(programs, [&](const Program& program) { return program.id == program_id; });
}

Result<XdpOccupancy> xdp_occupancy(unsigned interface_index) {
  // Reads again if the hook changed meanwhile, as it does when a program joins or leaves a dispatcher.
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    const auto hook = query(interface_index);
    if (!hook) return hook.error();
    XdpOccupancy occupancy;
    occupancy.mode = hook->mode;
    occupancy.hook_id = hook->id;
    if (occupancy.is_free()) return occupancy;
    const auto added = add_programs(occupancy);
    if (!added && added.error().code() == EPERM) {
      occupancy.complete = false;
      return occupancy;
    }
    const auto after = query(interface_index);
    if (!after) return after.error();
    if (after->id == hook->id) {
      if (!added) return added.error().in("reading the XDP programs");
      return occupancy;
    }
    if (attempt == kAttempts) return Error("the XDP programs there change all the time");
  }
}

Result<void> remove_program(unsigned interface_index, const XdpOccupancy& occupancy, int program_fd) {
  const int index = static_cast<int>(interface_index);
  const LibraryLog log;
  if (occupancy.placement == Placement::single) {
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = program_fd;  // only if this program is still there
    const int error = bpf_xdp_detach(index, attach_flags(occupancy.mode), &options);
    if (error != 0) return log.error("detaching the program", error);
    return {};
  }
  const LibxdpProgram program(xdp_program__from_fd(program_fd));
  if (const long error = libxdp_get_error(program.get())) {
    return log.error("reading the program", static_cast<int>(error));
  }
  const xdp_attach_mode mode = occupancy.mode == XdpMode::native ? XDP_MODE_NATIVE : XDP_MODE_SKB;
  if (const int error = xdp_program__detach(program.get(), index, mode, 0)) {
    return log.error("taking the program out of the dispatcher", error);
  }
  return {};
}

std::uint32_t attach_flags(XdpMode mode) {
  return mode == XdpMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

}  // namespace sluice::kernel
