// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/filter_maps.h"

#include <cerrno>

#include <fmt/format.h>

#include "daemon/kernel/bpf_fs.h"

namespace sluice::kernel {
namespace {

using SettingsMap = ReadMap<std::uint32_t, sluice_settings>;

Error explained(const Error& error, const std::string& bpf_fs) {
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

// Sizes are checked only after the version, so that the message is about the version.
Result<sluice_settings> settings_in(const SettingsMap& map, const std::string& bpf_fs) {
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

}  // namespace

Result<sluice_settings> read_settings(const std::string& bpf_fs) {
  const auto map = SettingsMap::open(map_path(bpf_fs, "settings"));
  if (!map) return explained(map.error(), bpf_fs);
  return settings_in(*map, bpf_fs);
}

Result<FilterMaps> FilterMaps::open(const std::string& bpf_fs) {
  const auto path = [&](const char* map) { return map_path(bpf_fs, map); };
  const auto settings_map = SettingsMap::open(path("settings"));
  if (!settings_map) return explained(settings_map.error(), bpf_fs);
  const auto settings = settings_in(*settings_map, bpf_fs);
  if (!settings) return settings.error();

  auto allow_v4 = Map<sluice_key_v4, sluice_decision>::open(path("allow_v4"));
  if (!allow_v4) return explained(allow_v4.error(), bpf_fs);
  auto allow_v6 = Map<sluice_key_v6, sluice_decision>::open(path("allow_v6"));
  if (!allow_v6) return explained(allow_v6.error(), bpf_fs);
  auto decisions_v4 = Map<sluice_key_v4, sluice_decision>::open(path("decisions_v4"));
  if (!decisions_v4) return explained(decisions_v4.error(), bpf_fs);
  auto decisions_v6 = Map<sluice_key_v6, sluice_decision>::open(path("decisions_v6"));
  if (!decisions_v6) return explained(decisions_v6.error(), bpf_fs);
  auto lengths = MappedValue<sluice_lengths>::open(path("lengths"));
  if (!lengths) return explained(lengths.error(), bpf_fs);
  auto areas = MappedValue<sluice_areas>::open(path("areas"));
  if (!areas) return explained(areas.error(), bpf_fs);
  auto list_switch = MappedValue<sluice_list_switch>::open(path("list_switch"));
  if (!list_switch) return explained(list_switch.error(), bpf_fs);
  auto lists = MappedArray<sluice_list_line>::open(path("lists"));
  if (!lists) return explained(lists.error(), bpf_fs);
  auto list_hits = ReadPerCpuArray<sluice_counter>::open(path("list_hits"));
  if (!list_hits) return explained(list_hits.error(), bpf_fs);
  auto near = MappedArray<sluice_list_line>::open(path("near"));
  if (!near) return explained(near.error(), bpf_fs);
  auto watch = MappedValue<sluice_watch>::open(path("watch"));
  if (!watch) return explained(watch.error(), bpf_fs);
  auto counters = ReadPerCpuArray<sluice_counter>::open(path("counters"));
  if (!counters) return explained(counters.error(), bpf_fs);
  auto events = ReadPerCpuArray<std::uint64_t>::open(path("events"));
  if (!events) return explained(events.error(), bpf_fs);
  auto records = MapFd::open(path("records"), Access::write, 0, 0);
  if (!records) return explained(records.error(), bpf_fs);
  auto frames = MapFd::open(path("frames"), Access::write, 0, 0);
  if (!frames) return explained(frames.error(), bpf_fs);

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
  const auto map = SettingsMap::open(map_path(bpf_fs, "settings"));
  return map && map->id() == settings_id;
}

Result<UniqueFd> lock_maps(const std::string& bpf_fs) {
  auto lock = lock_directory(maps_directory(bpf_fs),
                             fmt::format("another sluiced runs on the maps under {}; stop it first", bpf_fs));
  if (!lock) return explained(lock.error(), bpf_fs);
  return lock;
}

}  // namespace sluice::kernel
