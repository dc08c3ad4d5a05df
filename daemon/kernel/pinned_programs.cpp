// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/pinned_programs.h"

#include <cerrno>
#include <memory>
#include <optional>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <net/if.h>

#include "daemon/kernel/bpf_fs.h"

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

// Where an interface has vanished meanwhile, or cannot be asked, the program is not found there.
std::optional<Whereabouts> look_at(const std::string& interface, unsigned index, std::uint32_t id) {
  auto occupancy = xdp_occupancy(index);
  if (!occupancy || !occupancy->runs(id)) return std::nullopt;
  return Whereabouts{interface, index, *std::move(occupancy)};
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

Result<std::uint32_t> program_id(int program_fd) {
  const auto info = program_info(program_fd);
  if (!info) return info.error();
  return info->id;
}

Whereabouts find_program(const PinnedProgram& program) {
  if (const unsigned index = if_nametoindex(program.interface.c_str())) {
    if (auto found = look_at(program.interface, index, program.id)) return *std::move(found);
  }
  const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(if_nameindex(),
                                                                                 if_freenameindex);
  for (const auto* at = all.get(); at != nullptr && at->if_index != 0; ++at) {
    if (auto found = look_at(at->if_name, at->if_index, program.id)) return *std::move(found);
  }
  return {program.interface, 0, {}};
}

}  // namespace sluice::kernel
