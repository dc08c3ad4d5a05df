// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/xdp_interface.h"

#include <algorithm>
#include <cerrno>

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include "daemon/kernel/library_log.h"
#include "daemon/kernel/libxdp_handles.h"

namespace sluice::kernel {
namespace {

XdpOccupancy::Program described(const xdp_program* program) {
  return {xdp_program__id(program), xdp_program__name(program)};
}

}  // namespace

bool XdpOccupancy::runs(std::uint32_t program_id) const {
  return std::ranges::any_of(programs, [&](const Program& program) { return program.id == program_id; });
}

Result<XdpOccupancy> xdp_occupancy(unsigned interface_index) {
  const int index = static_cast<int>(interface_index);
  const LibraryLog log;
  bpf_xdp_query_opts query{};
  query.sz = sizeof query;
  if (const int error = bpf_xdp_query(index, 0, &query))
    return log.error("asking for the XDP program", error);

  XdpOccupancy occupancy;
  occupancy.mode = query.drv_prog_id != 0 ? XdpMode::native : XdpMode::generic;
  occupancy.hook_id = query.drv_prog_id != 0 ? query.drv_prog_id : query.skb_prog_id;
  if (occupancy.is_free()) return occupancy;

  const LibxdpMultiprog multiprog(xdp_multiprog__get_from_ifindex(index));
  if (const long error = libxdp_get_error(multiprog.get())) {
    if (error == -EPERM) {
      occupancy.complete = false;
      return occupancy;
    }
    return log.error("reading the XDP programs", static_cast<int>(error));
  }
  if (xdp_multiprog__is_legacy(multiprog.get())) {
    occupancy.programs.push_back(described(xdp_multiprog__main_prog(multiprog.get())));
    return occupancy;
  }
  occupancy.placement = Placement::dispatcher;
  for (const xdp_program* program = nullptr;
       (program = xdp_multiprog__next_prog(program, multiprog.get())) != nullptr;) {
    occupancy.programs.push_back(described(program));
  }
  return occupancy;
}

Result<void> remove_program(unsigned interface_index, const XdpOccupancy& occupancy, int program_fd) {
  const int index = static_cast<int>(interface_index);
  const LibraryLog log;
  if (occupancy.placement == Placement::single) {
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = program_fd;  // only if it is still this one
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
