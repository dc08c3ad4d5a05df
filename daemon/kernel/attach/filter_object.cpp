// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/filter_object.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/random.h>

#include "bpf/map_names.h"
#include "daemon/kernel/attach/filter_settings.h"
#include "daemon/kernel/libbpf/library_log.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/bpf_map.h"
#include "daemon/kernel/maps/settings_map.h"
#include "sluice.skel.h"

namespace sluice::kernel {
namespace {

// The seed that the pinned maps were made with, or a new one. The proximity filter and the places of sources
// depend on it, so it must stay while the maps stay.
std::uint64_t seed_of(const std::string& maps, const std::string& bpf_fs) {
  for (const std::string& directory : {maps, maps_directory(bpf_fs)}) {
    const auto settings = settings_in(directory);
    if (settings && *settings && (*settings)->abi_version == SLUICE_ABI_VERSION) return (*settings)->seed;
  }
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();  // cannot fail for so few bytes
  return seed;
}

struct SizedMap {
  bpf_map* map;
  std::uint32_t entries;
  std::string_view setting;
};

// The maps whose size is configured, each with the name of the setting.
std::vector<SizedMap> sized_maps(const sluice_bpf& skeleton, const FilterOptions& options) {
  return {{skeleton.maps.allow_v4, options.max_allows, "filter.max_allows"},
          {skeleton.maps.allow_v6, options.max_allows, "filter.max_allows"},
          {skeleton.maps.decisions_v4, options.max_decisions, "filter.max_decisions"},
          {skeleton.maps.decisions_v6, options.max_decisions, "filter.max_decisions"},
          {skeleton.maps.lists, list_lines(options), "filter.list_memory_mib"},
          {skeleton.maps.near, near_lines(options), "filter.max_decisions"},
          {skeleton.maps.sources, source_sets(options), "filter.max_sources"}};
}

// The name that a map is pinned under. Data sections are maps too: those with a name of their own are shared;
// the others (read-only data above all) belong to each program.
std::optional<std::string> shared_name(const bpf_map* map) {
  constexpr std::string_view kSection = SLUICE_DATA_SECTION;
  const std::string_view name = bpf_map__name(map);
  if (!bpf_map__is_internal(map)) return std::string(name);
  if (!name.starts_with(kSection)) return std::nullopt;
  return std::string(name.substr(kSection.size()));
}

template <class F>
void for_each_shared_map(const sluice_bpf& skeleton, F&& visit) {
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(skeleton.obj, map)) != nullptr) {
    if (const auto name = shared_name(map)) visit(map, *name);
  }
}

Result<bpf_map_info> pinned_map_info(const std::string& path) {
  const auto pinned = MapFd::open(path, PinAccess::read, 0, 0);
  if (!pinned) return pinned.error();
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(pinned->get(), &info, &size) != 0) return Error::system(path, errno);
  return info;
}

}  // namespace

Result<FilterObject> FilterObject::open(const FilterOptions& options, KernelTime now,
                                        const std::string& maps) {
  const LibraryLog log;
  Skeleton skeleton(sluice_bpf__open());
  if (!skeleton) return log.error("reading the compiled filter", errno);

  const sluice_settings settings = to_settings(options, now, seed_of(maps, options.bpf_fs));
  // The section is constant for the program. Until the load libbpf lets us write it.
  const_cast<sluice_settings&>(skeleton->rodata->config) = settings;
  auto* bitmap = const_cast<__u64*>(skeleton->rodata->protected_ports);
  for (const std::uint16_t port : options.ports)
    bitmap[port / 64] |= __u64{1} << (port % 64);

  for (const SizedMap& size : sized_maps(*skeleton, options)) {
    if (const int error = bpf_map__set_max_entries(size.map, size.entries))
      return log.error(size.setting, error);
  }
  Result<void> pinned;
  for_each_shared_map(*skeleton, [&](bpf_map* map, const std::string& name) {
    const std::string path = fmt::format("{}/{}", maps, name);
    if (const int error = bpf_map__set_pin_path(map, path.c_str())) pinned = log.error(path, error);
  });
  if (!pinned) return pinned.error();
  return FilterObject(std::move(skeleton), settings);
}

Result<void> FilterObject::load() {
  const LibraryLog log;
  if (const int error = sluice_bpf__load(skeleton_.get())) return log.error("loading the filter", error);
  return {};
}

bpf_object* FilterObject::object() const {
  return skeleton_->obj;
}

int FilterObject::program_fd() const {
  return bpf_program__fd(skeleton_->progs.sluice);
}

std::vector<std::string> FilterObject::map_names() const {
  std::vector<std::string> names;
  for_each_shared_map(*skeleton_, [&](const bpf_map*, const std::string& name) { names.push_back(name); });
  return names;
}

Result<std::vector<std::string>> FilterObject::maps_that_fit(const std::string& directory) const {
  std::vector<std::string> names;
  Result<void> outcome;
  for_each_shared_map(*skeleton_, [&](const bpf_map* map, const std::string& name) {
    const auto info = pinned_map_info(fmt::format("{}/{}", directory, name));
    if (!info && info.error().code() == ENOENT) return;
    if (!info) {
      outcome = info.error();
      return;
    }
    const bool same = info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
                      info->value_size == bpf_map__value_size(map) &&
                      info->map_flags == bpf_map__map_flags(map) &&
                      info->max_entries == bpf_map__max_entries(map);
    if (same) names.push_back(name);
  });
  if (!outcome) return outcome.error();
  return names;
}

void FilterObject::Destroy::operator()(sluice_bpf* skeleton) const {
  sluice_bpf__destroy(skeleton);
}

}  // namespace sluice::kernel
