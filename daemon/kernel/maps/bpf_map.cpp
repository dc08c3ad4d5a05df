// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/bpf_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/mman.h>

namespace sluice::kernel {

Result<MapFd> MapFd::open(const std::string& path, PinAccess access, std::size_t key_size,
                          std::size_t value_size) {
  auto opened = open_pin(path, access);
  if (!opened) return opened.error();
  UniqueFd fd = *std::move(opened);
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) {
    return Error::system(fmt::format("{}: what is pinned there cannot be described", path), errno);
  }
  if ((key_size != 0 && info.key_size != key_size) || (value_size != 0 && info.value_size != value_size)) {
    return Error(
        fmt::format("{}: its keys have {} bytes and its values {}; this sluiced knows them with {} and {}. "
                    "It was made by another version: `sluiced detach`, then `sluiced attach`",
                    path, info.key_size, info.value_size, key_size, value_size));
  }
  return MapFd(std::move(fd), info.id, info.max_entries, path);
}

// libbpf returns the negative errno value and also sets errno. errno has the same sign everywhere.
int MapFd::lookup(const void* key, void* value) const {
  return bpf_map_lookup_elem(fd_.get(), key, value) == 0 ? 0 : errno;
}

int MapFd::update(const void* key, const void* value) const {
  return bpf_map_update_elem(fd_.get(), key, value, BPF_ANY) == 0 ? 0 : errno;
}

int MapFd::remove(const void* key) const {
  return bpf_map_delete_elem(fd_.get(), key) == 0 ? 0 : errno;
}

int MapFd::next_entries(std::optional<std::uint32_t>& position, void* keys, void* values,
                        std::uint32_t& count) const {
  std::uint32_t next = 0;
  const int result =
      bpf_map_lookup_batch(fd_.get(), position ? &*position : nullptr, &next, keys, values, &count, nullptr);
  const int error = result == 0 ? 0 : errno;
  position = next;
  if (error != 0 && error != ENOENT) count = 0;
  return error;
}

Result<std::size_t> possible_cpus() {
  const int count = libbpf_num_possible_cpus();
  if (count < 0) return Error::system("/sys/devices/system/cpu/possible", -count);
  return static_cast<std::size_t>(count);
}

Result<void*> map_shared(const MapFd& map, std::size_t length) {
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
  if (memory == MAP_FAILED) return Error::system(fmt::format("{}: mapping it", map.path()), errno);
  return memory;
}

void unmap_shared(void* memory, std::size_t length) {
  munmap(memory, length);
}

}  // namespace sluice::kernel
