// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/attach_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "bpf/wire.h"
#include "daemon/kernel/maps/bpf_fs.h"

namespace sluice::kernel {
namespace {

std::vector<XdpMode> modes_at_free_hook(XdpMode wanted) {
  if (wanted == XdpMode::automatic) return {XdpMode::native, XdpMode::generic};
  return {wanted};
}

Error another_is_alone(const std::string& interface, const XdpOccupancy::Program& other) {
  return Error(fmt::format(
      "{}: XDP program {} (id {}) is attached there by itself; Sluice never removes another's program. "
      "Attach that one through libxdp (xdp-loader), so that both can run, or take it off: ip link set "
      "dev {} xdp off",
      interface, other.name, other.id, interface));
}

Error mode_cannot_change(const std::string& interface, XdpMode wanted, XdpMode mode, bool ours_run) {
  return Error(
      fmt::format("{}: filter.xdp_mode is \"{}\", but the programs there run in {} mode, which cannot change "
                  "under them: {}, then `sluiced attach`",
                  interface, to_string(wanted), to_string(mode),
                  ours_run ? "`sluiced detach`" : "set it to that mode, or take them off"));
}

bool is_replaced(const PinnedProgram& program, std::span<const InterfacePlan> plans) {
  return std::ranges::any_of(plans, [&](const InterfacePlan& plan) {
    return std::ranges::find(plan.former, &program) != plan.former.end();
  });
}

}  // namespace

Result<void> check_options(const FilterOptions& options) {
  if (options.interfaces.empty() && !options.skip_missing) {
    return Error(
        "filter.interfaces is empty: name the interfaces "
        "that visitors come in by (`ip -br link` lists them)");
  }
  if (std::set(options.interfaces.begin(), options.interfaces.end()).size() != options.interfaces.size()) {
    return Error("filter.interfaces names an interface twice");
  }
  if (options.ports.size() > SLUICE_MAX_PORTS) {
    return Error(fmt::format("filter.ports names {} ports; at most {} can be protected", options.ports.size(),
                             SLUICE_MAX_PORTS));
  }
  if (options.scope == Scope::ports && options.ports.empty()) {
    return Error(
        "filter.ports is empty, so nothing would be filtered; name ports, or set filter.scope to \"all\"");
  }
  if (options.ipv6_source_length < 1 || options.ipv6_source_length > 128) {
    return Error(fmt::format("identity.ipv6_prefix_length is {}; it must be from 1 to 128",
                             options.ipv6_source_length));
  }
  return {};
}

Result<InterfacePlan> plan_interface(const FoundInterface& found, std::span<const PinnedProgram> ours,
                                     XdpMode wanted) {
  const XdpOccupancy& occupancy = found.occupancy;
  InterfacePlan plan{found.name, found.index, AttachStep::add, {}, {}};
  if (occupancy.is_free()) {
    plan.modes = modes_at_free_hook(wanted);
    return plan;
  }
  if (!occupancy.complete) return Error("attaching takes root");
  for (const PinnedProgram& program : ours) {
    if (occupancy.runs(program.id)) plan.former.push_back(&program);
  }
  const bool alone = occupancy.placement == Placement::single;
  if (alone && plan.former.empty()) return another_is_alone(found.name, occupancy.programs.front());
  if (wanted != XdpMode::automatic && wanted != occupancy.mode)
    return mode_cannot_change(found.name, wanted, occupancy.mode, !plan.former.empty());
  plan.step = alone ? AttachStep::replace : AttachStep::join;
  plan.modes = {occupancy.mode};
  return plan;
}

Result<void> plan_missing(const Error& missing, const Whereabouts* former, bool skip_missing) {
  if (former == nullptr && !skip_missing) return missing;
  if (former == nullptr || former->index == 0) return {};
  return Error(
      fmt::format("{}; the filter that was attached to it runs at {}: if "
                  "that is its new name, put it into filter.interfaces",
                  missing.message(), former->interface));
}

std::vector<Removal> plan_removals(std::span<const PinnedProgram> ours, std::span<const InterfacePlan> plans,
                                   std::span<const std::string> vanished, const std::string& bpf_fs) {
  std::vector<Removal> removals;
  for (const PinnedProgram& program : ours) {
    if (is_replaced(program, plans)) continue;
    if (std::ranges::find(vanished, program.interface) != vanished.end()) continue;
    const bool path_is_taken = std::ranges::any_of(plans, [&](const InterfacePlan& plan) {
      return program_path(bpf_fs, plan.interface) == program.path;
    });
    removals.push_back({&program, !program.path.empty() && !path_is_taken});
  }
  return removals;
}

}  // namespace sluice::kernel
