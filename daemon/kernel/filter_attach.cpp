// SPDX-License-Identifier: Apache-2.0
// attach() of filter.h.
#include <algorithm>
#include <array>
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
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/filter_object.h"
#include "daemon/kernel/library_log.h"
#include "daemon/kernel/libxdp_handles.h"
#include "daemon/kernel/pinned_programs.h"
#include "daemon/kernel/xdp_interface.h"

namespace sluice::kernel {
namespace {

constexpr mode_t kWritten = 0660;
constexpr mode_t kRead = 0640;
// What the daemon writes; of the ring buffer, how far it has read. The rest is the kernel's and attach()'s to
// write.
constexpr std::array<std::string_view, 10> kWrittenMaps = {
    "allow_v4", "allow_v6", "decisions_v4", "decisions_v6", "lengths",
    "near",     "lists",    "watch",        "records",      "frames"};

mode_t map_mode(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::find(kWrittenMaps, name) != kWrittenMaps.end() ? kWritten : kRead;
}

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
  if (options.interfaces.empty()) {
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

Result<XdpOccupancy> occupancy_with(const Plan& plan, std::uint32_t id) {
  auto occupancy = xdp_occupancy(plan.index);
  if (!occupancy) return occupancy;
  if (!occupancy->runs(id)) return Error("the program was attached, but does not stand at the hook");
  return occupancy;
}

class Attacher {
 public:
  Attacher(const FilterOptions& options, KernelTime now) : options_(options), now_(now) {
    undo_.add([bpf_fs = options.bpf_fs] { remove_bpf_fs(bpf_fs); });  // as far as it is empty then
  }

  // Makes the maps, or takes the pinned ones up, and gives them their settings and rights, before any packet
  // comes by. Loads the program once for that, so that one which the verifier refuses is refused before an
  // interface is touched.
  Result<void> set_up_maps();
  // Puts the new program on one interface, beside or in the place of ours, and pins it.
  Result<Placed> place(const Plan& plan);
  // Takes our former programs away where they still run beside the new one.
  Result<void> finish(const Plan& plan, const Placed& placed);
  void keep() { undo_.forget(); }

 private:
  struct Loaded {
    UniqueFd program;
    XdpMode mode = XdpMode::native;
    std::string native_refused;
  };

  Result<Loaded> replace_single(const Plan& plan);
  Result<Loaded> add(const Plan& plan);
  Result<Loaded> add_in_mode(const Plan& plan, XdpMode mode, bool& refused_by_driver);

  const FilterOptions& options_;
  KernelTime now_;
  Undo undo_;
};

Result<void> Attacher::set_up_maps() {
  auto object = FilterObject::open(options_, now_);
  if (!object) return object.error();
  if (access(map_path(options_.bpf_fs, "settings").c_str(), F_OK) == 0) {
    const auto before = read_settings(options_.bpf_fs);
    if (!before) return before.error();
    undo_.add([settings = *before, bpf_fs = options_.bpf_fs] {
      auto map = Map<std::uint32_t, sluice_settings>::open(map_path(bpf_fs, "settings"));
      if (map) (void)map->put(0, settings);
    });
  }
  if (auto checked = object->check_pinned_maps(); !checked) return checked;
  for (const auto& path : object->map_paths()) {
    if (access(path.c_str(), F_OK) != 0) undo_.add([path] { unlink(path.c_str()); });
  }
  if (auto loaded = object->load(); !loaded) return loaded;
  for (const auto& path : object->map_paths()) {
    if (auto shared = share_pin(path, options_.group, map_mode(path)); !shared) return shared;
  }
  auto settings = Map<std::uint32_t, sluice_settings>::open(map_path(options_.bpf_fs, "settings"));
  if (!settings) return settings.error();
  return settings->put(0, object->settings());
}

// The kernel exchanges the two in one step, and only if the former is still there.
Result<Attacher::Loaded> Attacher::replace_single(const Plan& plan) {
  auto object = FilterObject::open(options_, now_);
  if (!object) return object.error();
  if (auto loaded = object->load(); !loaded) return loaded.error();
  UniqueFd program(dup(object->program_fd()));
  if (!program) return Error::system("duplicating a descriptor", errno);

  const auto exchange = [index = static_cast<int>(plan.index), flags = attach_flags(plan.before.mode)](
                            int from, int to) {
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = from;
    return bpf_xdp_attach(index, to, flags, &options);
  };
  const int former = plan.ours.front()->fd.get();
  const LibraryLog log;
  if (const int error = exchange(former, program.get())) return log.error("replacing the program", error);
  undo_.add([exchange, former, now = std::make_shared<UniqueFd>(dup(program.get()))] {
    const LibraryLog quiet;
    (void)exchange(now->get(), former);
  });
  return Loaded{std::move(program), plan.before.mode, {}};
}

Result<Attacher::Loaded> Attacher::add_in_mode(const Plan& plan, XdpMode mode, bool& refused_by_driver) {
  auto object = FilterObject::open(options_, now_);
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
  return Loaded{std::move(fd), mode, {}};
}

// libxdp makes a dispatcher, or joins the one that is there, or attaches the program by itself where the
// kernel refuses dispatchers.
Result<Attacher::Loaded> Attacher::add(const Plan& plan) {
  bool refused_by_driver = false;
  if (!plan.before.is_free()) return add_in_mode(plan, plan.before.mode, refused_by_driver);
  if (options_.xdp_mode == XdpMode::generic) return add_in_mode(plan, XdpMode::generic, refused_by_driver);

  auto native = add_in_mode(plan, XdpMode::native, refused_by_driver);
  if (native || options_.xdp_mode == XdpMode::native || !refused_by_driver) return native;
  auto generic = add_in_mode(plan, XdpMode::generic, refused_by_driver);
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

  const std::string pin = fmt::format("{}:{}", program_path(options_.bpf_fs, plan.interface), *id);
  if (bpf_obj_pin(loaded->program.get(), pin.c_str()) != 0) return Error::system(pin, errno);
  undo_.add([pin] { unlink(pin.c_str()); });
  if (auto shared = share_pin(pin, options_.group, kRead); !shared) return shared.error();

  AttachReport::Item item{{plan.interface, plan.index, loaded->mode, occupancy->placement, *id},
                          !plan.ours.empty(),
                          std::move(loaded->native_refused)};
  return Placed{std::move(item), std::move(loaded->program), pin};
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
    unlink(former->path.c_str());
  }
  const std::string path = program_path(options_.bpf_fs, plan.interface);
  if (std::rename(placed.pin.c_str(), path.c_str()) != 0) return Error::system(path, errno);
  return {};
}

// Takes our program from interfaces that are no longer named, and forgets pins that stand for nothing.
Result<std::vector<std::string>> remove_unnamed(const FilterOptions& options,
                                                const std::vector<PinnedProgram>& pinned,
                                                const std::vector<Plan>& plans) {
  std::vector<std::string> removed;
  for (const auto& program : pinned) {
    const bool upgraded = std::ranges::any_of(
        plans, [&](const Plan& plan) { return std::ranges::find(plan.ours, &program) != plan.ours.end(); });
    if (upgraded) continue;
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
    if (!renewed) unlink(program.path.c_str());
  }
  return removed;
}

}  // namespace

Result<AttachReport> attach(const FilterOptions& options) {
  if (auto checked = check(options); !checked) return checked.error();
  if (auto prepared = prepare_bpf_fs(options.bpf_fs, options.group); !prepared) return prepared.error();
  const auto lock = lock_directory(options.bpf_fs, "another `sluiced attach` or `detach` is at work");
  if (!lock) return lock.error();
  const auto pinned = pinned_programs(options.bpf_fs);
  if (!pinned) return pinned.error();

  Attacher attacher(options, kernel_now());
  std::vector<Plan> plans;
  for (const auto& interface : options.interfaces) {
    auto planned = plan(interface, *pinned, options.xdp_mode);
    if (!planned) return planned.error();
    plans.push_back(*std::move(planned));
  }
  if (auto maps = attacher.set_up_maps(); !maps) return maps.error();
  std::vector<Placed> all;
  for (const auto& plan : plans) {
    auto placed = attacher.place(plan);
    if (!placed) return placed.error();
    all.push_back(*std::move(placed));
  }
  attacher.keep();

  AttachReport report;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (auto finished = attacher.finish(plans[i], all[i]); !finished) return finished.error();
    report.interfaces.push_back(std::move(all[i].item));
  }
  auto removed = remove_unnamed(options, *pinned, plans);
  if (!removed) return removed.error();
  report.removed = *std::move(removed);
  return report;
}

}  // namespace sluice::kernel
