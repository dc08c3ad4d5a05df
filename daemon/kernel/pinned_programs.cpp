// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/pinned_programs.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <net/if.h>

#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/maps.h"

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
  auto fd = open_pin(path, Access::read);
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

// Where an interface has vanished meanwhile, or cannot be asked, the program is not found there.
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

// Every program at every interface, open. One that vanishes meanwhile is not among them.
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
  std::set<std::uint32_t> maps;
  for (const auto& directory : {maps_directory(bpf_fs), new_maps_directory(bpf_fs)}) {
    const auto ids = pinned_map_ids(directory);
    if (!ids) return ids.error();
    maps.insert(ids->begin(), ids->end());
  }
  std::set<std::uint32_t> known;
  for (const auto& program : *ours)
    known.insert(program.id);
  for (auto& program : attached_programs()) {
    if (!known.insert(program.id).second) continue;
    const auto used = map_ids_of(program.fd.get());
    if (!used) return used.error().in(program.interface);
    if (share_one(*used, maps)) ours->push_back(std::move(program));
  }
  return ours;
}

Result<std::set<std::uint32_t>> pinned_map_ids(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return names.error();
  std::set<std::uint32_t> ids;
  for (const auto& name : *names) {
    const auto map = MapFd::open(fmt::format("{}/{}", directory, name), Access::read, 0, 0);
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
