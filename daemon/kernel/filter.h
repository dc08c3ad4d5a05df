// SPDX-License-Identifier: Apache-2.0
// Puts the filter at network interfaces, takes it away, tells how it stands. Used by main (attach, detach)
// and by app/ (inspect). What is attached outlives the process: programs and maps are pinned (bpf_fs.h).
// Decides on no packet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/filter_options.h"

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
  XdpMode mode = XdpMode::native;  // what was obtained: native or generic
  Placement placement = Placement::single;
  std::uint32_t program_id = 0;
};

struct AttachReport {
  struct Item {
    Attachment attachment;
    bool upgraded = false;       // took the place of our earlier program
    std::string native_refused;  // why the driver would not; empty unless generic stands in for it
  };
  std::vector<Item> interfaces;
  std::vector<std::string> removed;   // interfaces that the options name no longer
  std::vector<std::string> vanished;  // named, and not there now; attached to before, or left out
  bool new_maps = false;              // others took the place of the maps, and hold what those held
};

// Attaches to every interface that the options name, or to none: what was done is undone when one fails. One
// that does not exist is an error, unless it was attached to before or `skip_missing` says otherwise: then
// the maps alone may be all that there is. Where our program is attached already the new one takes its place
// without a moment in between and the maps stay; where those do not fit the options or are an earlier
// version's, new ones take their place, with the allows and decisions in them. It is taken from interfaces
// that the options no longer name. Others' programs stay: beside those under libxdp's dispatcher ours is
// added; one that is attached by itself is an error that names it. Killed at any instant it leaves at each
// interface the former program or the new one with whole maps, and the next attach() or detach() goes on from
// there. Needs root.
[[nodiscard]] Result<AttachReport> attach(const FilterOptions& options);

struct DetachReport {
  std::vector<std::string> detached;
  std::vector<std::string> gone;  // interfaces that no longer exist, or that lost our program to others
};

// Takes our programs, and only ours, from all interfaces, and removes the maps and thus all decisions in the
// kernel. Goes on where one interface fails, and then reports all that failed; what still stands stays
// pinned. Nothing to detach is no error. Needs root.
[[nodiscard]] Result<DetachReport> detach(const std::string& bpf_fs);

struct InterfaceState {
  Attachment attachment;        // index 0: the interface no longer exists
  bool attached = false;        // at the hook now
  bool on_pinned_maps = false;  // judges by the maps under BPF_FS/maps, which the daemon writes
};

// Where our programs are pinned and whether they still run; one that moved with a renamed interface is told
// of under the new name. Without root one that runs under a dispatcher is
// taken to run while anything is attached there.
[[nodiscard]] Result<std::vector<InterfaceState>> inspect(const std::string& bpf_fs);

}  // namespace sluice::kernel
