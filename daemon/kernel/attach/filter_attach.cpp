// SPDX-License-Identifier: Apache-2.0
// attach() of filter.h: looks at the interfaces, plans (attach_plan), does (map_migration, attacher).
#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/kernel/attach/attach_plan.h"
#include "daemon/kernel/attach/attacher.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/attach/map_migration.h"
#include "daemon/kernel/attach/pinned_programs.h"
#include "daemon/kernel/attach/undo.h"
#include "daemon/kernel/attach/xdp_interface.h"
#include "daemon/kernel/maps/bpf_fs.h"

namespace sluice::kernel {
namespace {

using Programs = std::vector<PinnedProgram>;
using Plans = std::vector<InterfacePlan>;

// Nothing if the interface vanished after it had been attached to, or may be missing.
Result<std::optional<FoundInterface>> look_at_interface(const std::string& name, const Programs& ours,
                                                        bool skip_missing) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index != 0) {
    auto occupancy = xdp_occupancy(index);
    if (!occupancy) return occupancy.error().in(name);
    return std::optional(FoundInterface{name, index, *std::move(occupancy)});
  }
  const Error missing = Error::system(fmt::format("interface {}", name), errno);
  const auto former = std::ranges::find(ours, name, &PinnedProgram::interface);
  std::optional<Whereabouts> at;
  if (former != ours.end()) at = find_program(*former);
  if (auto planned = plan_missing(missing, at ? &*at : nullptr, skip_missing); !planned)
    return planned.error();
  return std::optional<FoundInterface>();
}

// A plan for each interface that is there; the names of the others go to `vanished`.
Result<Plans> plan_all(const FilterOptions& options, const Programs& ours,
                       std::vector<std::string>& vanished) {
  Plans plans;
  for (const auto& name : options.interfaces) {
    const auto found = look_at_interface(name, ours, options.skip_missing);
    if (!found) return found.error();
    if (!*found) {
      vanished.push_back(name);
      continue;
    }
    auto planned = plan_interface(**found, ours, options.xdp_mode);
    if (!planned) return planned.error();
    plans.push_back(*std::move(planned));
  }
  return plans;
}

// Takes our program from interfaces that are no longer named, and removes pins that stand for nothing.
// Returns the interfaces.
Result<std::vector<std::string>> remove_unnamed(const std::vector<Removal>& removals) {
  std::vector<std::string> removed;
  for (const Removal& removal : removals) {
    const Whereabouts at = find_program(*removal.program);
    if (at.index != 0) {
      if (auto taken = remove_program(at.index, at.occupancy, removal.program->fd.get()); !taken)
        return taken.error().in(at.interface);
      removed.push_back(at.interface);
    }
    if (removal.unpin) unlink(removal.program->path.c_str());
  }
  return removed;
}

// Whether an attach that was killed had come so far as to put programs on the maps that it made.
Result<bool> new_maps_in_use(const std::string& bpf_fs) {
  auto made = pinned_map_ids(new_maps_directory(bpf_fs));
  if (!made) return made.error();
  const auto in_force = pinned_map_ids(maps_directory(bpf_fs));
  if (!in_force) return in_force.error();
  std::erase_if(*made, [&](std::uint32_t id) { return in_force->contains(id); });
  return attached_programs_use(*made);
}

// The last steps, when the new programs and maps are in force. From here on nothing is taken back.
Result<void> finish_all(Attacher& attacher, const Plans& plans, std::vector<Attacher::Placed>& placed,
                        AttachReport& report) {
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (auto finished = attacher.finish(plans[i], placed[i]); !finished) return finished;
    report.interfaces.push_back(std::move(placed[i].item));
  }
  return {};
}

}  // namespace

Result<AttachReport> attach(const FilterOptions& options) {
  if (auto checked = check_options(options); !checked) return checked.error();
  if (auto prepared = prepare_bpf_fs(options.bpf_fs, options.group); !prepared) return prepared.error();
  const auto lock = lock_for_attach(options.bpf_fs);
  if (!lock) return lock.error();
  // As far as it is empty at the end.
  Undo made;
  made.add([&options] { remove_bpf_fs(options.bpf_fs); });
  const KernelTime now = kernel_now();
  remove_stale_dispatchers(options.bpf_fs);
  const auto in_use = [&] { return new_maps_in_use(options.bpf_fs); };
  if (auto finished = finish_interrupted(options.bpf_fs, now, in_use); !finished) return finished.error();
  const auto ours = our_programs(options.bpf_fs);
  if (!ours) return ours.error();

  AttachReport report;
  const auto plans = plan_all(options, *ours, report.vanished);
  if (!plans) return plans.error();
  auto maps = MapMigration::begin(options, now);
  if (!maps) return maps.error();
  Attacher attacher(options, *maps, now);
  auto placed = attacher.place_all(*plans);
  if (!placed) return placed.error();
  const auto renewed = maps->commit();
  if (!renewed) return renewed.error();
  report.new_maps = *renewed;
  attacher.keep();
  made.forget();

  if (auto finished = finish_all(attacher, *plans, *placed, report); !finished) return finished.error();
  auto removed = remove_unnamed(plan_removals(*ours, *plans, report.vanished, options.bpf_fs));
  if (!removed) return removed.error();
  report.removed = *std::move(removed);
  return report;
}

}  // namespace sluice::kernel
