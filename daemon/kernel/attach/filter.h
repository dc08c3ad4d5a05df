// SPDX-License-Identifier: Apache-2.0
// Puts the filter at network interfaces, takes it away, and says where it is. Used by app/. What is attached
// outlives the process: programs and maps are pinned (maps/bpf_fs.h). Judges no packet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/attach/filter_options.h"

namespace sluice::kernel {

enum class Placement : std::uint8_t {
  single,      // the only program at the hook
  dispatcher,  // beside others' programs, called by libxdp's dispatcher
};

[[nodiscard]] std::string_view to_string(Placement placement);  // "single program", "dispatcher"
[[nodiscard]] std::string_view to_string(
    XdpMode mode);  // "auto", "native", "generic", as in the configuration

// Our program at one interface.
struct Attachment {
  std::string interface;
  unsigned index = 0;
  XdpMode mode = XdpMode::native;  // the one obtained: native or generic
  Placement placement = Placement::single;
  std::uint32_t program_id = 0;
};

struct AttachReport {
  struct Item {
    Attachment attachment;
    bool upgraded = false;       // it took the place of our earlier program
    std::string native_refused;  // why the driver refused native mode; empty unless generic stands in for it
  };
  std::vector<Item> interfaces;
  std::vector<std::string> removed;   // interfaces that the options name no longer
  std::vector<std::string> vanished;  // interfaces that are named and not there
  bool new_maps = false;              // new maps took the place of the former ones, and hold what those held
};

// Attaches to every interface that the options name, or to none: if one fails, what was done is undone.
//
// - An interface that does not exist is an error, unless it was attached to before or `skip_missing` says
// otherwise.
//   So the maps may be all that there is.
// - If our program is attached already the new one takes its place without a gap, and the maps stay. If the
// maps do
//   not fit the options, or are an earlier version's, new maps take their place, with the allows and
//   decisions.
// - Our program is taken from interfaces that the options name no longer.
// - Others' programs stay. Beside programs under libxdp's dispatcher ours is added. A program that is
// attached by
//   itself is an error that names it.
// - Killed at any instant it leaves the former program or the new one at each interface, with whole maps. The
// next
//   attach() or detach() goes on from there.
//
// Needs root.
[[nodiscard]] Result<AttachReport> attach(const FilterOptions& options);

struct DetachReport {
  std::vector<std::string> detached;
  std::vector<std::string>
      gone;  // interfaces that no longer exist, or where somebody else removed our program
};

// Takes our programs, and only ours, from all interfaces. Removes the maps, and with them all decisions in
// the kernel. If one interface fails it goes on with the others, and then reports all that failed; what still
// runs stays pinned. It is no error if there is nothing to detach. Needs root.
[[nodiscard]] Result<DetachReport> detach(const std::string& bpf_fs);

struct InterfaceState {
  Attachment attachment;        // index 0: the interface no longer exists
  bool attached = false;        // at the hook now
  bool on_pinned_maps = false;  // it uses the maps under BPF_FS/maps, which the daemon writes
};

// Which programs of ours are pinned, and whether they still run. If an interface was renamed its new name is
// given. Without root a program under a dispatcher cannot be seen: it counts as running while anything is
// attached there.
[[nodiscard]] Result<std::vector<InterfaceState>> inspect(const std::string& bpf_fs);

}  // namespace sluice::kernel
