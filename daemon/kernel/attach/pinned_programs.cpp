// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/pinned_programs.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/bpf_map.h"

namespace sluice::kernel {
namespace {

Result<bpf_prog_info> program_info(int program_fd) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program_fd, &info, &size) != 0)
    return Error::system("describing a program", errno);
  return info;
}

Result<PinnedProgram> open_pinned(std::string path, std::string interface) {
  auto fd = open_pin(path, PinAccess::read);
  if (!fd) return fd.error();
  const auto info = program_info(fd->get());
  if (!info) return info.error().in(path);
  return PinnedProgram{std::move(path), std::move(interface), info->id, info->type == BPF_PROG_TYPE_EXT,
                       *std::move(fd)};
}

bool runs_at(const PinnedProgram& program, const XdpOccupancy& occupancy, const std::string& interface) {
  if (occupancy.is_free()) return false;
  if (occupancy.complete) return occupancy.runs(program.id);
  return occupancy.hook_id == program.id || (program.extension && interface == program.interface);
}

// If an interface vanished meanwhile, or cannot be asked, the program is not found there.
std::optional<Whereabouts> look_at(const std::string& interface, unsigned index,
                                   const PinnedProgram& program) {
  auto occupancy = xdp_occupancy(index);
  if (!occupancy || !runs_at(program, *occupancy, interface)) return std::nullopt;
  return Whereabouts{interface, index, *std::move(occupancy)};
}

bool share_one(const std::set<std::uint32_t>& one, const std::set<std::uint32_t>& other) {
  return std::ranges::any_of(one, [&](std::uint32_t id) { return other.contains(id); });
}

// Calls `visit` with each interface's name and index.
template <class F>
void for_each_interface(F&& visit) {
  const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(if_nameindex(),
                                                                                 if_freenameindex);
  for (const auto* at = all.get(); at != nullptr && at->if_index != 0; ++at)
    visit(at->if_name, at->if_index);
}

// Every program at every interface, open. A program that vanishes meanwhile is left out.
std::vector<PinnedProgram> attached_programs() {
  std::vector<PinnedProgram> programs;
  for_each_interface([&](const char* name, unsigned index) {
    const auto occupancy = xdp_occupancy(index);
    if (!occupancy || occupancy->is_free()) return;
    for (const auto& program : occupancy->programs) {
      UniqueFd fd(bpf_prog_get_fd_by_id(program.id));
      const bool extension = occupancy->placement == Placement::dispatcher;
      if (fd) programs.push_back({{}, name, program.id, extension, std::move(fd)});
    }
  });
  return programs;
}

// Where libxdp pins what its dispatchers call: kDispatchers/dispatch-INTERFACE-DISPATCHER/progN-prog, -link,
// by the kernel's numbers.
constexpr const char* kDispatchers = "/sys/fs/bpf/xdp";

Result<std::set<std::uint32_t>> map_ids_below(const std::string& bpf_fs) {
  std::set<std::uint32_t> ids;
  for (const auto& directory : {maps_directory(bpf_fs), new_maps_directory(bpf_fs)}) {
    const auto pinned = pinned_map_ids(directory);
    if (!pinned) return pinned.error();
    ids.insert(pinned->begin(), pinned->end());
  }
  return ids;
}

bool holds_program_on(const std::string& dispatcher, const std::set<std::uint32_t>& maps) {
  const auto names = list_directory(dispatcher);
  return names && std::ranges::any_of(*names, [&](const std::string& name) {
           if (!name.ends_with("-prog")) return false;
           const auto program = open_pin(fmt::format("{}/{}", dispatcher, name), PinAccess::read);
           const auto used = program ? map_ids_of(program->get()) : program.error();
           return used && share_one(*used, maps);
         });
}

// Nothing if one of the interfaces cannot be asked: then no dispatcher may be taken for unused.
std::optional<std::set<std::string>> ids_at_hooks() {
  std::optional<std::set<std::string>> ids(std::in_place);
  for_each_interface([&](const char*, unsigned index) {
    const auto occupancy = xdp_occupancy(index);
    if (!occupancy) {
      ids.reset();
    } else if (ids) {
      ids->insert(std::to_string(occupancy->hook_id));
    }
  });
  return ids;
}

}  // namespace

Result<std::vector<PinnedProgram>> pinned_programs(const std::string& bpf_fs) {
  const std::string directory = programs_directory(bpf_fs);
  const auto names = list_directory(directory);
  if (!names) return names.error();
  std::vector<PinnedProgram> programs;
  for (const auto& name : *names) {
    auto program = open_pinned(fmt::format("{}/{}", directory, name), interface_of_pin(name));
    if (!program) return program.error();
    programs.push_back(*std::move(program));
  }
  return programs;
}

Result<std::vector<PinnedProgram>> our_programs(const std::string& bpf_fs) {
  auto ours = pinned_programs(bpf_fs);
  if (!ours) return ours;
  const auto maps = map_ids_below(bpf_fs);
  if (!maps) return maps.error();
  std::set<std::uint32_t> known;
  for (const auto& program : *ours)
    known.insert(program.id);
  for (auto& program : attached_programs()) {
    if (!known.insert(program.id).second) continue;
    const auto used = map_ids_of(program.fd.get());
    if (!used) return used.error().in(program.interface);
    if (share_one(*used, *maps)) ours->push_back(std::move(program));
  }
  return ours;
}

Result<std::set<std::uint32_t>> pinned_map_ids(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return names.error();
  std::set<std::uint32_t> ids;
  for (const auto& name : *names) {
    const auto map = MapFd::open(fmt::format("{}/{}", directory, name), PinAccess::read, 0, 0);
    if (!map) return map.error();
    ids.insert(map->id());
  }
  return ids;
}

Result<std::set<std::uint32_t>> map_ids_of(int program_fd) {
  const auto count = program_info(program_fd);
  if (!count) return count.error();
  std::vector<std::uint32_t> ids(count->nr_map_ids);
  bpf_prog_info info{};
  info.nr_map_ids = count->nr_map_ids;
  info.map_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program_fd, &info, &size) != 0)
    return Error::system("asking for a program's maps", errno);
  return std::set(ids.begin(), ids.end());
}

Result<bool> attached_programs_use(const std::set<std::uint32_t>& ids) {
  for (const auto& program : attached_programs()) {
    const auto used = map_ids_of(program.fd.get());
    if (!used) return used.error().in(program.interface);
    if (share_one(*used, ids)) return true;
  }
  return false;
}

void remove_stale_dispatchers(const std::string& bpf_fs) {
  const auto maps = map_ids_below(bpf_fs);
  if (!maps || access(kDispatchers, F_OK) != 0) return;
  // The lock that libxdp takes while it changes them: a dispatcher that is being made is at no interface yet.
  const auto lock = lock_directory(kDispatchers, "another works with libxdp");
  const auto dispatchers = list_directory(kDispatchers);
  const auto in_use = ids_at_hooks();
  if (!lock || !dispatchers || !in_use) return;
  for (const auto& name : *dispatchers) {
    const std::string path = fmt::format("{}/{}", kDispatchers, name);
    if (in_use->contains(name.substr(name.rfind('-') + 1)) || !holds_program_on(path, *maps)) continue;
    (void)remove_pins(path);
  }
}

Result<std::uint32_t> program_id(int program_fd) {
  const auto info = program_info(program_fd);
  if (!info) return info.error();
  return info->id;
}

Whereabouts find_program(const PinnedProgram& program) {
  std::optional<Whereabouts> found;
  if (const unsigned index = if_nametoindex(program.interface.c_str()))
    found = look_at(program.interface, index, program);
  if (!found) {
    for_each_interface([&](const char* name, unsigned index) {
      if (!found) found = look_at(name, index, program);
    });
  }
  return found ? *std::move(found) : Whereabouts{program.interface, 0, {}};
}

}  // namespace sluice::kernel
