// SPDX-License-Identifier: Apache-2.0
// Does what attach_plan planned: loads the new program, pins it, puts it at the interfaces, and takes the
// former ones away. It decides only what it must see happen: which mode the driver takes. Used by
// filter_attach alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/attach/attach_plan.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/attach/map_migration.h"
#include "daemon/kernel/attach/undo.h"

namespace sluice::kernel {

class Attacher {
 public:
  // All must outlive this. Unless keep() was called, everything is taken back when this goes.
  Attacher(const FilterOptions& options, MapMigration& maps, KernelTime now)
      : options_(options), maps_(maps), now_(now) {}

  // One interface with the new program on it.
  struct Placed {
    AttachReport::Item item;
    UniqueFd program;
    std::string pin;  // under a name of its own until the former program is gone
  };

  // Puts the new program at one interface, beside ours or in its place, and pins it.
  [[nodiscard]] Result<Placed> place(const InterfacePlan& plan);
  // The same for all; the first that fails ends it.
  [[nodiscard]] Result<std::vector<Placed>> place_all(std::span<const InterfacePlan> plans);

  // The new programs and maps are in force: nothing is taken back from here on.
  void keep() { undo_.forget(); }

  // Takes our former programs away if they still run beside the new one, and gives the new one's pin its
  // name.
  [[nodiscard]] Result<void> finish(const InterfacePlan& plan, const Placed& placed);

 private:
  struct Loaded {
    UniqueFd program;
    std::string pin;
    XdpMode mode = XdpMode::native;
    std::string native_refused;  // as in AttachReport::Item
  };
  // One try to add the program in one mode.
  struct Added {
    Result<Loaded> loaded;
    // The program is sound, and the driver does not take it in this mode: another mode may do.
    bool refused_by_driver = false;
  };

  [[nodiscard]] Result<UniqueFd> load();
  [[nodiscard]] Result<Loaded> replace(const InterfacePlan& plan);
  [[nodiscard]] Result<Loaded> add(const InterfacePlan& plan);
  [[nodiscard]] Added add_in_mode(const InterfacePlan& plan, XdpMode mode);
  [[nodiscard]] Added add_by_libxdp(const InterfacePlan& plan, XdpMode mode);
  [[nodiscard]] Added add_alone(const InterfacePlan& plan, XdpMode mode);

  // Under a name that no other program has: killed from now on, it is known as ours.
  [[nodiscard]] Result<void> pin(const InterfacePlan& plan, Loaded& loaded);

  const FilterOptions& options_;
  MapMigration& maps_;
  KernelTime now_;
  Undo undo_;
};

}  // namespace sluice::kernel
