// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/map_update.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/filter_object.h"
#include "daemon/kernel/maps.h"
#include "daemon/kernel/table_copy.h"

namespace sluice::kernel {
namespace {

using SettingsMap = Map<std::uint32_t, sluice_settings>;

constexpr mode_t kWritten = 0660;
constexpr mode_t kRead = 0640;
// What the daemon writes; of the ring buffer, how far it has read. The rest is the kernel's and attach()'s to
// write.
constexpr std::array<std::string_view, 12> kWrittenMaps = {
    "allow_v4", "allow_v6",    "decisions_v4", "decisions_v6", "lengths", "areas",
    "near",     "list_switch", "lists",        "watch",        "records", "frames"};
// The tables, and what says which lengths all of them hold and what is near them: of one make.
constexpr std::array<std::string_view, 7> kTables = {"allow_v4", "allow_v6", "decisions_v4", "decisions_v6",
                                                     "lengths",  "areas",    "near"};
// Likewise.
constexpr std::array<std::string_view, 2> kLists = {"list_switch", "lists"};

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Of the maps that are pinned there; nothing where there are none.
Result<std::optional<std::uint32_t>> version_in(const std::string& maps) {
  const auto map = MapFd::open(maps + "/settings", Access::read, sizeof(std::uint32_t), 0);
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

Result<void> write_settings(const std::string& maps, const sluice_settings& settings) {
  auto map = SettingsMap::open(maps + "/settings");
  if (!map) return map.error();
  return map->put(0, settings);
}

// Whether the maps beside those in force are the later ones: what an attach that was killed had made, and not
// the former ones that it had put aside and begun to remove. Each attach to new maps makes new settings.
Result<bool> is_later(const std::string& beside, const std::string& maps) {
  const auto version = version_in(beside);
  if (!version) return version.error();
  if (*version != SLUICE_ABI_VERSION) return false;
  const auto in_force = version_in(maps);
  if (!in_force) return in_force.error();
  if (*in_force != SLUICE_ABI_VERSION) return true;
  std::array<std::uint64_t, 2> loaded_ns{};
  for (std::size_t i = 0; i < loaded_ns.size(); ++i) {
    const auto map = SettingsMap::open((i == 0 ? beside : maps) + "/settings");
    if (!map) return map.error();
    const auto settings = map->find(0);
    if (!settings) return settings.error();
    if (*settings) loaded_ns.at(i) = (*settings)->loaded_ns;
  }
  return loaded_ns[0] > loaded_ns[1];
}

// The same map, in a second place.
Result<void> pin_again(const std::string& from, const std::string& to) {
  const auto map = open_pin(from, Access::write);
  if (!map) return map.error();
  if (bpf_obj_pin(map->get(), to.c_str()) != 0) return Error::system(to, errno);
  return {};
}

// Those of the maps in force that serve on: they fit, and no other that they belong with is made anew.
std::vector<std::string> kept(std::vector<std::string> fit) {
  const auto fits = [&](auto name) { return holds(fit, name); };
  const bool tables_fit = std::ranges::all_of(kTables, fits);
  const bool lists_fit = std::ranges::all_of(kLists, fits);
  std::erase_if(fit, [&](const std::string& name) {
    // New settings tell a daemon that runs on that the maps are others.
    return name == "settings" || (!tables_fit && holds(kTables, name)) || (!lists_fit && holds(kLists, name));
  });
  return fit;
}

}  // namespace

MapUpdate::MapUpdate(const FilterOptions& options, KernelTime now)
    : options_(&options), now_(now), directory_(maps_directory(options.bpf_fs)) {}

MapUpdate::MapUpdate(MapUpdate&& other) noexcept
    : options_(std::exchange(other.options_, nullptr)),
      now_(other.now_),
      directory_(std::move(other.directory_)),
      program_(std::move(other.program_)),
      first_(other.first_),
      former_(other.former_) {}

MapUpdate::~MapUpdate() {
  if (options_ == nullptr) return;
  // Best effort: there is nobody left to tell, and the next attach() clears up as well.
  if (is_beside()) (void)remove_pins(directory_);
  if (former_) (void)write_settings(directory_, *former_);
}

bool MapUpdate::is_beside() const {
  return directory_ == new_maps_directory(options_->bpf_fs);
}

Result<MapUpdate> MapUpdate::begin(const FilterOptions& options, KernelTime now) {
  MapUpdate update(options, now);
  const auto version = version_in(update.directory_);
  if (!version) return version.error();
  if (*version && **version > SLUICE_ABI_VERSION) {
    return Error(fmt::format(
        "the maps under {} have layout version {}; this sluiced knows versions up to {}: attach with the "
        "later sluiced, or `sluiced detach` first (the daemon puts the decisions back)",
        options.bpf_fs, **version, SLUICE_ABI_VERSION));
  }
  update.first_ = !version->has_value();
  const auto object = FilterObject::open(options, now, update.directory_);
  if (!object) return object.error();
  auto fit = object->maps_that_fit(update.directory_);
  if (!fit) return fit.error();
  const bool same_version = *version && **version == SLUICE_ABI_VERSION;
  if (same_version && fit->size() == object->map_names().size()) {
    if (auto done = update.take_up(); !done) return done.error();
    return update;
  }
  update.directory_ = new_maps_directory(options.bpf_fs);
  if (auto made = make_directory(update.directory_, options.group); !made) return made.error();
  for (const auto& name : same_version ? kept(*std::move(fit)) : std::vector<std::string>()) {
    if (auto pinned =
            pin_again(map_path(options.bpf_fs, name), fmt::format("{}/{}", update.directory_, name));
        !pinned)
      return pinned.error();
  }
  if (auto done = update.make_beside(); !done) return done.error();
  return update;
}

// The program with its maps; returns the settings that are in it.
Result<sluice_settings> MapUpdate::load() {
  auto object = FilterObject::open(*options_, now_, directory_);
  if (!object) return object.error();
  if (auto loaded = object->load(); !loaded) return loaded.error();
  for (const auto& name : object->map_names()) {
    const mode_t mode = holds(kWrittenMaps, name) ? kWritten : kRead;
    if (auto shared = share_pin(fmt::format("{}/{}", directory_, name), options_->group, mode); !shared)
      return shared.error();
  }
  program_ = UniqueFd(dup(object->program_fd()));
  if (!program_) return Error::system("duplicating a descriptor", errno);
  return object->settings();
}

Result<void> MapUpdate::take_up() {
  const auto loaded = load();
  if (!loaded) return loaded.error();
  auto settings = SettingsMap::open(directory_ + "/settings");
  if (!settings) return settings.error();
  const auto former = settings->find(0);
  if (!former) return former.error();
  former_ = *former;
  return settings->put(0, *loaded);
}

Result<void> MapUpdate::make_beside() {
  const auto loaded = load();
  if (!loaded) return loaded.error();
  if (auto written = write_settings(directory_, *loaded); !written) return written;
  const std::string maps = maps_directory(options_->bpf_fs);
  if (auto copied = copy_tables(maps, directory_, now_); !copied) return copied.error();
  return copy_lists(maps, directory_);
}

Result<bool> MapUpdate::commit() {
  const bool beside = is_beside();
  if (beside) {
    const std::string maps = maps_directory(options_->bpf_fs);
    if (auto copied = copy_tables(maps, directory_, now_); !copied) return copied.error();
    if (auto exchanged = exchange_directories(directory_, maps); !exchanged) return exchanged.error();
    // The former ones. What cannot be removed now the next attach() removes.
    (void)remove_pins(directory_);
  }
  options_ = nullptr;
  return beside && !first_;
}

Result<void> finish_interrupted(const std::string& bpf_fs, KernelTime now,
                                const std::function<Result<bool>()>& in_use) {
  const std::string beside = new_maps_directory(bpf_fs);
  if (access(beside.c_str(), F_OK) != 0) return {};
  const auto later = is_later(beside, maps_directory(bpf_fs));
  if (!later) return later.error();
  const auto used = in_use();
  if (!used) return used.error();
  // Under a dispatcher the former program, on the former maps, runs on beside the new one until it is taken
  // out.
  if (*later && *used) {
    if (auto copied = copy_tables(maps_directory(bpf_fs), beside, now); !copied) return copied.error();
    if (auto exchanged = exchange_directories(beside, maps_directory(bpf_fs)); !exchanged) return exchanged;
  }
  return remove_pins(beside);
}

}  // namespace sluice::kernel
