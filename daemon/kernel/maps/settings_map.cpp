// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/settings_map.h"

#include <cerrno>
#include <vector>

#include <bpf/bpf.h>
#include <fmt/format.h>

#include "bpf/map_names.h"

namespace sluice::kernel {

std::string settings_path(const std::string& maps) {
  return fmt::format("{}/{}", maps, SLUICE_MAP_SETTINGS);
}

Result<std::optional<sluice_settings>> settings_in(const std::string& maps) {
  const auto map = SettingsMap::open(settings_path(maps));
  if (!map) return map.error();
  return map->find(0);
}

Result<void> write_settings(const std::string& maps, const sluice_settings& settings) {
  auto map = WritableMap<std::uint32_t, sluice_settings>::open(settings_path(maps));
  if (!map) return map.error();
  return map->put(0, settings);
}

Result<std::optional<std::uint32_t>> version_in(const std::string& maps) {
  const auto map = MapFd::open(settings_path(maps), PinAccess::read, sizeof(std::uint32_t), 0);
  if (!map && map.error().code() == ENOENT) return std::optional<std::uint32_t>();
  if (!map) return map.error();
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(map->get(), &info, &size) != 0) return Error::system(map->path(), errno);
  // The version is the first word, whatever follows it.
  std::vector<std::uint32_t> words(info.value_size / sizeof(std::uint32_t) + 1);
  const std::uint32_t first = 0;
  if (const int error = map->lookup(&first, words.data())) return Error::system(map->path(), error);
  return std::optional(words.front());
}

}  // namespace sluice::kernel
