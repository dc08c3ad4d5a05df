// SPDX-License-Identifier: Apache-2.0
// attach() of filter.h.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "daemon/base/clock.h"
#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/filter.h"
#include "daemon/kernel/filter_object.h"
#include "daemon/kernel/library_log.h"
#include "daemon/kernel/libxdp_handles.h"
#include "daemon/kernel/map_update.h"
#include "daemon/kernel/pinned_programs.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {
namespace {

constexpr mode_t kRead = 0640;

// Steps taken back in reverse when the whole does not succeed. Each is best effort: there is nobody left to
// tell.
class Undo {
 public:
  Undo() = default;
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      (*step)();
  }
  void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
  void forget() { steps_.clear(); }

 private:
  std::vector<std::function<void()>> steps_;
};

// One interface, before anything is done to it.
struct Plan {
  std::string interface;
  unsigned index = 0;
  XdpOccupancy before;
  std::vector<const PinnedProgram*> ours;  // of ours, those that run there
};

// One interface with the new program on it.
struct Placed {
  AttachReport::Item item;
  UniqueFd program;
  std::string pin;  // under a name of its own until the former program is gone
};

Result<void> check(const FilterOptions& options) {
  if (options.interfaces.empty() && !options.skip_missing) {
    return Error(
        "filter.interfaces is empty: name the interfaces that visitors come in by (`ip -br link` lists "
        "them)");
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

bool allows(XdpMode wanted, XdpMode mode) {
  return wanted == XdpMode::automatic || wanted == mode;
}

Result<Plan> plan(const std::string& interface, const std::vector<PinnedProgram>& pinned, XdpMode wanted) {
  Plan plan{interface, if_nametoindex(interface.c_str()), {}, {}};
  if (plan.index == 0) return Error::system(fmt::format("interface {}", interface), errno);
  auto occupancy = xdp_occupancy(plan.index);
  if (!occupancy) return occupancy.error().in(interface);
  plan.before = *std::move(occupancy);
  for (const auto& program : pinned) {
    if (plan.before.runs(program.id)) plan.ours.push_back(&program);
  }
  if (plan.before.is_free()) return plan;
  if (!plan.before.complete) return Error("attaching takes root");
  if (plan.before.placement == Placement::single && plan.ours.empty()) {
    const auto& stranger = plan.before.programs.front();
    return Error(fmt::format(
        "{}: XDP program {} (id {}) is attached there by itself; Sluice never removes another's program. "
        "Attach that one through libxdp (xdp-loader), so that both can run, or take it off: ip link set "
        "dev {} xdp off",
        interface, stranger.name, stranger.id, interface));
  }
  if (!allows(wanted, plan.before.mode)) {
    return Error(fmt::format(
        "{}: filter.xdp_mode is \"{}\", but the programs there run in {} mode, which cannot change "
        "under them: {}, then `sluiced attach`",
        interface, to_string(wanted), to_string(plan.before.mode),
        plan.ours.empty() ? "set it to that mode, or take them off" : "`sluiced detach`"));
  }
  return plan;
}

// Nothing where the interface vanished after it had been attached to, or may be missing.
Result<std::optional<Plan>> plan_unless_vanished(const std::string& interface,
                                                 const std::vector<PinnedProgram>& ours,
                                                 const FilterOptions& options) {
  if (if_nametoindex(interface.c_str()) != 0) {
    auto planned = plan(interface, ours, options.xdp_mode);
    if (!planned) return planned.error();
    return std::optional(*std::move(planned));
  }
  const Error missing = Error::system(fmt::format("interface {}", interface), errno);
  const auto former = std::ranges::find(ours, interface, &PinnedProgram::interface);
  if (former == ours.end() && options.skip_missing) return std::optional<Plan>();
  if (former == ours.end()) return missing;
  const Whereabouts at = find_program(*former);
  if (at.index == 0) return std::optional<Plan>();
  return Error(
      fmt::format("{}; the filter that was attached to it runs at {}: if that is its new name, put it "
                  "into filter.interfaces",
                  missing.message(), at.interface));
}

Result<XdpOccupancy> occupancy_with(const Plan& plan, std::uint32_t id) {
  auto occupancy = xdp_occupancy(plan.index);
  if (!occupancy) return occupancy;
  if (!occupancy->runs(id)) return Error("the program was attached, but does not stand at the hook");
  return occupancy;
}

class Attacher {
 public:
  Attacher(const FilterOptions& options, MapUpdate& maps, KernelTime now)
      : options_(options), maps_(maps), now_(now) {}

  // Puts the new program on one interface, beside or in the place of ours, and pins it.
  Result<Placed> place(const Plan& plan);
  // Takes our former programs away where they still run beside the new one.
  Result<void> finish(const Plan& plan, const Placed& placed);
  void keep() { undo_.forget(); }

 private:
  struct Loaded {
    UniqueFd program;
    std::string pin;
    XdpMode mode = XdpMode::native;
    std::string native_refused;
  };

  Result<UniqueFd> load();
  Result<Loaded> replace_single(const Plan& plan);
  Result<Loaded> add(const Plan& plan);
  Result<Loaded> add_in_mode(const Plan& plan, XdpMode mode, bool& refused_by_driver);
  Result<Loaded> add_alone(const Plan& plan, XdpMode mode, bool& refused_by_driver);
  Result<Loaded> add_to_free(const Plan& plan, XdpMode mode, bool& refused_by_driver);

  // Under a name that no other program has: killed from now on, it is known as ours.
  Result<void> pin(const Plan& plan, Loaded& loaded);

  const FilterOptions& options_;
  MapUpdate& maps_;
  KernelTime now_;
  Undo undo_;
};

// One program an interface, so that a pin tells which of them is where.
Result<UniqueFd> Attacher::load() {
  if (UniqueFd loaded = maps_.take_program()) return loaded;
  auto object = FilterObject::open(options_, now_, maps_.directory());
  if (!object) return object.error();
  if (auto loaded = object->load(); !loaded) return loaded.error();
  UniqueFd program(dup(object->program_fd()));
  if (!program) return Error::system("duplicating a descriptor", errno);
  return program;
}

// The kernel exchanges the two in one step, and only if the former is still there.
Result<Attacher::Loaded> Attacher::replace_single(const Plan& plan) {
  auto program = load();
  if (!program) return program.error();
  Loaded made{*std::move(program), {}, plan.before.mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return pinned.error();

  const auto exchange = [index = static_cast<int>(plan.index), flags = attach_flags(plan.before.mode)](
                            int from, int to) {
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = from;
    return bpf_xdp_attach(index, to, flags, &options);
  };
  const int former = plan.ours.front()->fd.get();
  const LibraryLog log;
  if (const int error = exchange(former, made.program.get()))
    return log.error("replacing the program", error);
  undo_.add([exchange, former, now = std::make_shared<UniqueFd>(dup(made.program.get()))] {
    const LibraryLog quiet;
    (void)exchange(now->get(), former);
  });
  return made;
}

Result<Attacher::Loaded> Attacher::add_in_mode(const Plan& plan, XdpMode mode, bool& refused_by_driver) {
  auto object = FilterObject::open(options_, now_, maps_.directory());
  if (!object) return object.error();
  const LibraryLog log;
  xdp_program_opts options{};
  options.sz = sizeof options;
  options.obj = object->object();
  options.prog_name = FilterObject::kProgramName;
  const LibxdpProgram program(xdp_program__create(&options));
  if (const long error = libxdp_get_error(program.get()))
    return log.error("preparing the filter", static_cast<int>(error));

  const int index = static_cast<int>(plan.index);
  const xdp_attach_mode libxdp_mode = mode == XdpMode::native ? XDP_MODE_NATIVE : XDP_MODE_SKB;
  const int error = xdp_program__attach(program.get(), index, libxdp_mode, 0);
  UniqueFd fd(dup(xdp_program__fd(program.get())));
  if (error != 0) {
    refused_by_driver = static_cast<bool>(fd);  // the verifier had taken it
    return log.error(fmt::format("attaching in {} mode", to_string(mode)), error);
  }
  if (!fd) return Error::system("duplicating a descriptor", errno);
  undo_.add([index = plan.index, kept = std::make_shared<UniqueFd>(dup(fd.get()))] {
    const auto occupancy = xdp_occupancy(index);
    if (occupancy) (void)remove_program(index, *occupancy, kept->get());
  });
  // libxdp loads and attaches in one: killed before this, it is known by its maps.
  Loaded made{std::move(fd), {}, mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return pinned.error();
  return made;
}

// By itself, if nobody has come meanwhile.
Result<Attacher::Loaded> Attacher::add_alone(const Plan& plan, XdpMode mode, bool& refused_by_driver) {
  auto program = load();
  if (!program) return program.error();
  Loaded made{*std::move(program), {}, mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return pinned.error();
  const int index = static_cast<int>(plan.index);
  const LibraryLog log;
  if (const int error = bpf_xdp_attach(index, made.program.get(),
                                       attach_flags(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr)) {
    refused_by_driver = true;
    return log.error(fmt::format("attaching in {} mode", to_string(mode)), error);
  }
  undo_.add([index, flags = attach_flags(mode), kept = std::make_shared<UniqueFd>(dup(made.program.get()))] {
    const LibraryLog quiet;
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = kept->get();
    (void)bpf_xdp_detach(index, flags, &options);
  });
  return made;
}

// libxdp makes a dispatcher, or attaches the program by itself where the kernel refuses dispatchers. Where it
// takes the dispatcher but not our program under it, which is known to be sound by now, we do the latter: a
// kernel since 6.12 refuses one that may change a packet's size, as the answer of `reject` does, under a
// dispatcher that says nothing of it.
Result<Attacher::Loaded> Attacher::add_to_free(const Plan& plan, XdpMode mode, bool& refused_by_driver) {
  auto added = add_in_mode(plan, mode, refused_by_driver);
  if (added || refused_by_driver) return added;
  return add_alone(plan, mode, refused_by_driver);
}

Result<Attacher::Loaded> Attacher::add(const Plan& plan) {
  bool refused_by_driver = false;
  if (!plan.before.is_free()) return add_in_mode(plan, plan.before.mode, refused_by_driver);
  if (options_.xdp_mode == XdpMode::generic) return add_to_free(plan, XdpMode::generic, refused_by_driver);

  auto native = add_to_free(plan, XdpMode::native, refused_by_driver);
  if (native || options_.xdp_mode == XdpMode::native || !refused_by_driver) return native;
  refused_by_driver = false;
  auto generic = add_to_free(plan, XdpMode::generic, refused_by_driver);
  if (generic) generic->native_refused = native.error().message();
  return generic;
}

Result<Placed> Attacher::place(const Plan& plan) {
  const bool replaces = plan.before.placement == Placement::single && !plan.ours.empty();
  auto loaded = replaces ? replace_single(plan) : add(plan);
  if (!loaded) return loaded.error().in(plan.interface);
  const auto id = program_id(loaded->program.get());
  if (!id) return id.error().in(plan.interface);
  const auto occupancy = occupancy_with(plan, *id);
  if (!occupancy) return occupancy.error().in(plan.interface);

  AttachReport::Item item{{plan.interface, plan.index, loaded->mode, occupancy->placement, *id},
                          !plan.ours.empty(),
                          std::move(loaded->native_refused)};
  return Placed{std::move(item), std::move(loaded->program), std::move(loaded->pin)};
}

Result<void> Attacher::pin(const Plan& plan, Loaded& loaded) {
  const auto id = program_id(loaded.program.get());
  if (!id) return id.error();
  loaded.pin = fmt::format("{}:{}", program_path(options_.bpf_fs, plan.interface), *id);
  if (bpf_obj_pin(loaded.program.get(), loaded.pin.c_str()) != 0) return Error::system(loaded.pin, errno);
  undo_.add([path = loaded.pin] { unlink(path.c_str()); });
  return share_pin(loaded.pin, options_.group, kRead);
}

Result<void> Attacher::finish(const Plan& plan, const Placed& placed) {
  for (const PinnedProgram* former : plan.ours) {
    const auto occupancy = xdp_occupancy(plan.index);
    if (!occupancy) return occupancy.error().in(plan.interface);
    if (occupancy->runs(former->id)) {
      if (auto removed = remove_program(plan.index, *occupancy, former->fd.get()); !removed) {
        return removed.error().in(
            fmt::format("{}: both the new and the former program run; attach again", plan.interface));
      }
    }
    if (!former->path.empty()) unlink(former->path.c_str());
  }
  const std::string path = program_path(options_.bpf_fs, plan.interface);
  if (std::rename(placed.pin.c_str(), path.c_str()) != 0) return Error::system(path, errno);
  return {};
}

// Takes our program from interfaces that are no longer named, and forgets pins that stand for nothing.
Result<std::vector<std::string>> remove_unnamed(const FilterOptions& options,
                                                const std::vector<PinnedProgram>& pinned,
                                                const std::vector<Plan>& plans,
                                                const std::vector<std::string>& vanished) {
  std::vector<std::string> removed;
  for (const auto& program : pinned) {
    const bool upgraded = std::ranges::any_of(
        plans, [&](const Plan& plan) { return std::ranges::find(plan.ours, &program) != plan.ours.end(); });
    if (upgraded || std::ranges::find(vanished, program.interface) != vanished.end()) continue;
    const Whereabouts at = find_program(program);
    if (at.index != 0) {
      if (auto taken = remove_program(at.index, at.occupancy, program.fd.get()); !taken) {
        return taken.error().in(at.interface);
      }
      removed.push_back(at.interface);
    }
    // The path may be that of an interface which has a new program now.
    const bool renewed = std::ranges::any_of(plans, [&](const Plan& plan) {
      return program_path(options.bpf_fs, plan.interface) == program.path;
    });
    if (!renewed && !program.path.empty()) unlink(program.path.c_str());
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

}  // namespace

Result<AttachReport> attach(const FilterOptions& options) {
  if (auto checked = check(options); !checked) return checked.error();
  if (auto prepared = prepare_bpf_fs(options.bpf_fs, options.group); !prepared) return prepared.error();
  const auto lock = lock_directory(options.bpf_fs, "another `sluiced attach` or `detach` is at work");
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
  std::vector<Plan> plans;
  for (const auto& interface : options.interfaces) {
    auto planned = plan_unless_vanished(interface, *ours, options);
    if (!planned) return planned.error();
    if (*planned) {
      plans.push_back(**std::move(planned));
    } else {
      report.vanished.push_back(interface);
    }
  }
  auto maps = MapUpdate::begin(options, now);
  if (!maps) return maps.error();
  Attacher attacher(options, *maps, now);
  std::vector<Placed> all;
  for (const auto& plan : plans) {
    auto placed = attacher.place(plan);
    if (!placed) return placed.error();
    all.push_back(*std::move(placed));
  }
  const auto renewed = maps->commit();
  if (!renewed) return renewed.error();
  report.new_maps = *renewed;
  attacher.keep();
  made.forget();

  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (auto finished = attacher.finish(plans[i], all[i]); !finished) return finished.error();
    report.interfaces.push_back(std::move(all[i].item));
  }
  auto removed = remove_unnamed(options, *ours, plans, report.vanished);
  if (!removed) return removed.error();
  report.removed = *std::move(removed);
  return report;
}

}  // namespace sluice::kernel
