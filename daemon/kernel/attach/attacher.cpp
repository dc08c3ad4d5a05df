// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/attacher.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "daemon/kernel/attach/filter_object.h"
#include "daemon/kernel/attach/xdp_interface.h"
#include "daemon/kernel/libbpf/library_log.h"
#include "daemon/kernel/libbpf/libxdp_handles.h"
#include "daemon/kernel/maps/bpf_fs.h"

namespace sluice::kernel {
namespace {

Result<XdpOccupancy> occupancy_with(unsigned interface_index, std::uint32_t program_id) {
  auto occupancy = xdp_occupancy(interface_index);
  if (!occupancy) return occupancy;
  if (!occupancy->runs(program_id)) return Error("the program was attached, but does not stand at the hook");
  return occupancy;
}

// Undo steps outlive the descriptors that they work with, so each has one of its own.
std::shared_ptr<UniqueFd> duplicate(const UniqueFd& fd) {
  return std::make_shared<UniqueFd>(dup(fd.get()));
}

// 0 or a negative errno value. The kernel puts `to` in the place of `from` in one step, and only if `from` is
// still there.
int exchange(unsigned interface_index, XdpMode mode, int from, int to) {
  bpf_xdp_attach_opts options{};
  options.sz = sizeof options;
  options.old_prog_fd = from;
  return bpf_xdp_attach(static_cast<int>(interface_index), to, attach_flags(mode), &options);
}

void detach_quietly(unsigned interface_index, XdpMode mode, int program_fd) {
  const LibraryLog quiet;
  bpf_xdp_attach_opts options{};
  options.sz = sizeof options;
  options.old_prog_fd = program_fd;
  (void)bpf_xdp_detach(static_cast<int>(interface_index), attach_flags(mode), &options);
}

void remove_quietly(unsigned interface_index, int program_fd) {
  const auto occupancy = xdp_occupancy(interface_index);
  if (occupancy) (void)remove_program(interface_index, *occupancy, program_fd);
}

}  // namespace

// One program for each interface, so that a pin tells which of them is where.
Result<UniqueFd> Attacher::load() {
  if (UniqueFd loaded = maps_.take_program()) return loaded;
  auto object = FilterObject::open(options_, now_, maps_.directory());
  if (!object) return object.error();
  if (auto loaded = object->load(); !loaded) return loaded.error();
  UniqueFd program(dup(object->program_fd()));
  if (!program) return Error::system("duplicating a descriptor", errno);
  return program;
}

Result<void> Attacher::pin(const InterfacePlan& plan, Loaded& loaded) {
  const auto id = program_id(loaded.program.get());
  if (!id) return id.error();
  loaded.pin = fmt::format("{}:{}", program_path(options_.bpf_fs, plan.interface), *id);
  if (bpf_obj_pin(loaded.program.get(), loaded.pin.c_str()) != 0) return Error::system(loaded.pin, errno);
  undo_.add([path = loaded.pin] { unlink(path.c_str()); });
  return share_pin(loaded.pin, options_.group, kReadableMode);
}

Result<Attacher::Loaded> Attacher::replace(const InterfacePlan& plan) {
  const XdpMode mode = plan.modes.front();
  auto program = load();
  if (!program) return program.error();
  Loaded made{*std::move(program), {}, mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return pinned.error();

  const int former = plan.former.front()->fd.get();
  const LibraryLog log;
  if (const int error = exchange(plan.index, mode, former, made.program.get()))
    return log.error("replacing the program", error);
  undo_.add([index = plan.index, mode, former, now = duplicate(made.program)] {
    const LibraryLog quiet;
    (void)exchange(index, mode, now->get(), former);
  });
  return made;
}

// libxdp loads the program by itself, because it may become part of a dispatcher.
Attacher::Added Attacher::add_by_libxdp(const InterfacePlan& plan, XdpMode mode) {
  auto object = FilterObject::open(options_, now_, maps_.directory());
  if (!object) return {object.error()};
  const LibraryLog log;
  xdp_program_opts options{};
  options.sz = sizeof options;
  options.obj = object->object();
  options.prog_name = FilterObject::kProgramName;
  const LibxdpProgram program(xdp_program__create(&options));
  if (const long error = libxdp_get_error(program.get()))
    return {log.error("preparing the filter", static_cast<int>(error))};

  const xdp_attach_mode libxdp_mode = mode == XdpMode::native ? XDP_MODE_NATIVE : XDP_MODE_SKB;
  const int error = xdp_program__attach(program.get(), static_cast<int>(plan.index), libxdp_mode, 0);
  UniqueFd fd(dup(xdp_program__fd(program.get())));
  if (error != 0) {
    // If there is a program the verifier has taken it.
    return {log.error(fmt::format("attaching in {} mode", to_string(mode)), error), static_cast<bool>(fd)};
  }
  if (!fd) return {Error::system("duplicating a descriptor", errno)};
  undo_.add([index = plan.index, kept = duplicate(fd)] { remove_quietly(index, kept->get()); });
  // libxdp loads and attaches in one: killed before this, the program is known by its maps.
  Loaded made{std::move(fd), {}, mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return {pinned.error()};
  return {std::move(made)};
}

// By itself, if nobody has come meanwhile.
Attacher::Added Attacher::add_alone(const InterfacePlan& plan, XdpMode mode) {
  auto program = load();
  if (!program) return {program.error()};
  Loaded made{*std::move(program), {}, mode, {}};
  if (auto pinned = pin(plan, made); !pinned) return {pinned.error()};
  const LibraryLog log;
  if (const int error = bpf_xdp_attach(static_cast<int>(plan.index), made.program.get(),
                                       attach_flags(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr))
    return {log.error(fmt::format("attaching in {} mode", to_string(mode)), error), true};
  undo_.add([index = plan.index, mode, kept = duplicate(made.program)] {
    detach_quietly(index, mode, kept->get());
  });
  return {std::move(made)};
}

// libxdp makes a dispatcher, or attaches the program by itself where the kernel refuses dispatchers. Where it
// takes the dispatcher but not our program under it, which is known to be sound by now, we do the latter: a
// kernel since 6.12 refuses one that may change a packet's size, as the answer of `reject` does, under a
// dispatcher that says nothing of it.
Attacher::Added Attacher::add_in_mode(const InterfacePlan& plan, XdpMode mode) {
  auto added = add_by_libxdp(plan, mode);
  if (added.loaded || added.refused_by_driver || plan.step == AttachStep::join) return added;
  return add_alone(plan, mode);
}

Result<Attacher::Loaded> Attacher::add(const InterfacePlan& plan) {
  std::string native_refused;
  for (std::size_t i = 0;; ++i) {
    Added added = add_in_mode(plan, plan.modes.at(i));
    if (added.loaded) added.loaded->native_refused = std::move(native_refused);
    const bool is_last = i + 1 == plan.modes.size();
    if (added.loaded || is_last || !added.refused_by_driver) return std::move(added.loaded);
    native_refused = added.loaded.error().message();
  }
}

Result<Attacher::Placed> Attacher::place(const InterfacePlan& plan) {
  auto loaded = plan.step == AttachStep::replace ? replace(plan) : add(plan);
  if (!loaded) return loaded.error().in(plan.interface);
  const auto id = program_id(loaded->program.get());
  if (!id) return id.error().in(plan.interface);
  const auto occupancy = occupancy_with(plan.index, *id);
  if (!occupancy) return occupancy.error().in(plan.interface);

  AttachReport::Item item{{plan.interface, plan.index, loaded->mode, occupancy->placement, *id},
                          !plan.former.empty(),
                          std::move(loaded->native_refused)};
  return Placed{std::move(item), std::move(loaded->program), std::move(loaded->pin)};
}

Result<std::vector<Attacher::Placed>> Attacher::place_all(std::span<const InterfacePlan> plans) {
  std::vector<Placed> all;
  for (const InterfacePlan& plan : plans) {
    auto placed = place(plan);
    if (!placed) return placed.error();
    all.push_back(*std::move(placed));
  }
  return all;
}

Result<void> Attacher::finish(const InterfacePlan& plan, const Placed& placed) {
  for (const PinnedProgram* former : plan.former) {
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

}  // namespace sluice::kernel
