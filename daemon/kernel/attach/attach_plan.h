// SPDX-License-Identifier: Apache-2.0
// What attach() is to do at each interface, decided from the options and from what was found there. Pure: it
// asks the kernel nothing and changes nothing. Used by filter_attach, which looks and plans, and by attacher,
// which does what is planned.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/attach/filter_options.h"
#include "daemon/kernel/attach/pinned_programs.h"
#include "daemon/kernel/attach/xdp_interface.h"

namespace sluice::kernel {

// Options that can never be attached with; the error says which and why.
[[nodiscard]] Result<void> check_options(const FilterOptions& options);

// How the new program gets to an interface.
enum class AttachStep : std::uint8_t {
  add,      // nothing is at the hook
  join,     // others run there, or our former program, under a dispatcher: the new one is added beside them
  replace,  // our former program is at the hook by itself: the kernel exchanges the two in one step
};

// An interface as it was found.
struct FoundInterface {
  std::string name;
  unsigned index = 0;
  XdpOccupancy occupancy;
};

struct InterfacePlan {
  std::string interface;
  unsigned index = 0;
  AttachStep step = AttachStep::add;
  // To be tried in this order, native or generic. The next one only if the driver refuses the one before.
  std::vector<XdpMode> modes;
  // Our programs that run there now. They are taken away when the new one runs. They belong to the list that
  // the plan was made from.
  std::vector<const PinnedProgram*> former;
};

// An error in words if the new program may not go there: another's program is at the hook by itself, or the
// mode that is wanted cannot be had.
[[nodiscard]] Result<InterfacePlan> plan_interface(const FoundInterface& found,
                                                   std::span<const PinnedProgram> ours, XdpMode wanted);

// Whether an interface that the options name and that does not exist may be left out. `missing` is the error
// that says so. `former` is where the program runs now that was attached to it; null if none was.
[[nodiscard]] Result<void> plan_missing(const Error& missing, const Whereabouts* former, bool skip_missing);

// One of our programs that no plan replaces, at an interface that the options name no longer.
struct Removal {
  const PinnedProgram* program = nullptr;
  bool unpin = false;  // false: it has no pin, or a new program takes the path of its pin
};

// Programs of interfaces that vanished stay pinned: those may come back.
[[nodiscard]] std::vector<Removal> plan_removals(std::span<const PinnedProgram> ours,
                                                 std::span<const InterfacePlan> plans,
                                                 std::span<const std::string> vanished,
                                                 const std::string& bpf_fs);

}  // namespace sluice::kernel
