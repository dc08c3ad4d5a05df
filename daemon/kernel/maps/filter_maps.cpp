// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/filter_maps.h"

#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "bpf/map_names.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/settings_map.h"

namespace sluice::kernel {
namespace {

Error with_remedy(const Error& error, const std::string& bpf_fs) {
  if (error.code() == ENOENT) {
    return Error(
        fmt::format("no filter is attached under {}: run `sluiced attach` (or start "
                    "sluice-filter.service) first; {}",
                    bpf_fs, error.message()));
  }
  if (error.code() == EACCES || error.code() == EPERM) {
    return Error(
        fmt::format("{}: this takes root or a member of the group that `sluiced attach` gave the maps to",
                    error.message()));
  }
  return error;
}

// The version is checked before any other map is opened: the error then is about the version, and not about a
// size.
Result<sluice_settings> checked_settings(const SettingsMap& map, const std::string& bpf_fs) {
  const auto settings = map.find(0);
  if (!settings) return settings.error();
  const std::uint32_t version = *settings ? (*settings)->abi_version : 0;
  if (version != SLUICE_ABI_VERSION) {
    return Error(fmt::format(
        "the maps under {} have layout version {}; this sluiced knows version {}: `sluiced detach` "
        "and `sluiced attach` with the version that is installed now",
        bpf_fs, version, SLUICE_ABI_VERSION));
  }
  return **settings;
}

// Opens one map after another and remembers the first error.
class MapOpener {
 public:
  explicit MapOpener(const std::string& bpf_fs) : bpf_fs_(bpf_fs) {}

  // Nothing after an error.
  template <class M, class... Arguments>
  std::optional<M> open(const char* name, Arguments... arguments) {
    if (error_) return std::nullopt;
    auto map = M::open(map_path(bpf_fs_, name), arguments...);
    if (map) return *std::move(map);
    error_ = with_remedy(map.error(), bpf_fs_);
    return std::nullopt;
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const std::string& bpf_fs_;
  std::optional<Error> error_;
};

using TableV4 = WritableMap<sluice_key_v4, sluice_decision>;
using TableV6 = WritableMap<sluice_key_v6, sluice_decision>;

}  // namespace

Result<sluice_settings> read_settings(const std::string& bpf_fs) {
  const auto map = SettingsMap::open(map_path(bpf_fs, SLUICE_MAP_SETTINGS));
  if (!map) return with_remedy(map.error(), bpf_fs);
  return checked_settings(*map, bpf_fs);
}

Result<FilterMaps> FilterMaps::open(const std::string& bpf_fs) {
  const auto settings_map = SettingsMap::open(map_path(bpf_fs, SLUICE_MAP_SETTINGS));
  if (!settings_map) return with_remedy(settings_map.error(), bpf_fs);
  const auto settings = checked_settings(*settings_map, bpf_fs);
  if (!settings) return settings.error();

  MapOpener maps(bpf_fs);
  auto allow_v4 = maps.open<TableV4>(SLUICE_MAP_ALLOW_V4);
  auto allow_v6 = maps.open<TableV6>(SLUICE_MAP_ALLOW_V6);
  auto decisions_v4 = maps.open<TableV4>(SLUICE_MAP_DECISIONS_V4);
  auto decisions_v6 = maps.open<TableV6>(SLUICE_MAP_DECISIONS_V6);
  auto lengths = maps.open<MappedValue<sluice_lengths>>(SLUICE_MAP_LENGTHS);
  auto areas = maps.open<MappedValue<sluice_areas>>(SLUICE_MAP_AREAS);
  auto list_switch = maps.open<MappedValue<sluice_list_switch>>(SLUICE_MAP_LIST_SWITCH);
  auto lists = maps.open<MappedArray<sluice_list_line>>(SLUICE_MAP_LISTS);
  auto list_hits = maps.open<PerCpuArray<sluice_counter>>(SLUICE_MAP_LIST_HITS);
  auto near = maps.open<MappedArray<sluice_list_line>>(SLUICE_MAP_NEAR);
  auto watch = maps.open<MappedValue<sluice_watch>>(SLUICE_MAP_WATCH);
  auto counters = maps.open<PerCpuArray<sluice_counter>>(SLUICE_MAP_COUNTERS);
  auto events = maps.open<PerCpuArray<std::uint64_t>>(SLUICE_MAP_EVENTS);
  auto records = maps.open<MapFd>(SLUICE_MAP_RECORDS, PinAccess::write, 0U, 0U);
  auto frames = maps.open<MapFd>(SLUICE_MAP_FRAMES, PinAccess::write, 0U, 0U);
  if (maps.error()) return *maps.error();

  return FilterMaps{.bpf_fs = bpf_fs,
                    .settings = *settings,
                    .settings_id = settings_map->id(),
                    .allow_v4 = *std::move(allow_v4),
                    .allow_v6 = *std::move(allow_v6),
                    .decisions_v4 = *std::move(decisions_v4),
                    .decisions_v6 = *std::move(decisions_v6),
                    .lengths = *std::move(lengths),
                    .areas = *std::move(areas),
                    .list_switch = *std::move(list_switch),
                    .lists = *std::move(lists),
                    .list_hits = *std::move(list_hits),
                    .near = *std::move(near),
                    .watch = *std::move(watch),
                    .counters = *std::move(counters),
                    .events = *std::move(events),
                    .records = *std::move(records),
                    .frames = *std::move(frames)};
}

bool FilterMaps::still_pinned() const {
  const auto map = SettingsMap::open(map_path(bpf_fs, SLUICE_MAP_SETTINGS));
  return map && map->id() == settings_id;
}

Result<UniqueFd> lock_maps(const std::string& bpf_fs) {
  auto lock = lock_directory(maps_directory(bpf_fs),
                             fmt::format("another sluiced runs on the maps under {}; stop it first", bpf_fs));
  if (!lock) return with_remedy(lock.error(), bpf_fs);
  return lock;
}

}  // namespace sluice::kernel
