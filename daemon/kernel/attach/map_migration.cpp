// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/map_migration.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bpf/map_names.h"
#include "daemon/kernel/attach/filter_object.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/settings_map.h"
#include "daemon/kernel/maps/table_copy.h"

namespace sluice::kernel {
namespace {

// The maps that the daemon writes. In a ring buffer it writes how far it has read. The program and attach()
// write the others.
constexpr std::array<std::string_view, 12> kWrittenMaps = {
    SLUICE_MAP_ALLOW_V4, SLUICE_MAP_ALLOW_V6, SLUICE_MAP_DECISIONS_V4, SLUICE_MAP_DECISIONS_V6,
    SLUICE_MAP_LENGTHS,  SLUICE_MAP_AREAS,    SLUICE_MAP_NEAR,         SLUICE_MAP_LIST_SWITCH,
    SLUICE_MAP_LISTS,    SLUICE_MAP_WATCH,    SLUICE_MAP_RECORDS,      SLUICE_MAP_FRAMES};
// Maps that go together: if one of them must be made anew, so must the others. The tables of allows and
// decisions, with what says where their entries are.
constexpr std::array<std::string_view, 7> kTables = {
    SLUICE_MAP_ALLOW_V4, SLUICE_MAP_ALLOW_V6, SLUICE_MAP_DECISIONS_V4, SLUICE_MAP_DECISIONS_V6,
    SLUICE_MAP_LENGTHS,  SLUICE_MAP_AREAS,    SLUICE_MAP_NEAR};
// The image of the lists, with its switch.
constexpr std::array<std::string_view, 2> kLists = {SLUICE_MAP_LIST_SWITCH, SLUICE_MAP_LISTS};

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Whether the maps beside those in force are the later ones. Then a killed attach had made them. If not they
// are the former ones, which it had put aside and begun to remove. Each attach that makes new maps writes new
// settings, with its time.
Result<bool> is_later(const std::string& beside, const std::string& maps) {
  const auto version = version_in(beside);
  if (!version) return version.error();
  if (*version != SLUICE_ABI_VERSION) return false;
  const auto in_force = version_in(maps);
  if (!in_force) return in_force.error();
  if (*in_force != SLUICE_ABI_VERSION) return true;
  std::array<std::uint64_t, 2> loaded_ns{};
  for (std::size_t i = 0; i < loaded_ns.size(); ++i) {
    const auto settings = settings_in(i == 0 ? beside : maps);
    if (!settings) return settings.error();
    if (*settings) loaded_ns.at(i) = (*settings)->loaded_ns;
  }
  return loaded_ns[0] > loaded_ns[1];
}

// Pins the same map in a second place.
Result<void> pin_again(const std::string& from, const std::string& to) {
  const auto map = open_pin(from, PinAccess::write);
  if (!map) return map.error();
  if (bpf_obj_pin(map->get(), to.c_str()) != 0) return Error::system(to, errno);
  return {};
}

// Which of the maps in force serve the new program too: those that fit, if all that go together with them
// fit.
std::vector<std::string> maps_that_stay(std::vector<std::string> fit) {
  const auto fits = [&](auto name) { return holds(fit, name); };
  const bool tables_fit = std::ranges::all_of(kTables, fits);
  const bool lists_fit = std::ranges::all_of(kLists, fits);
  std::erase_if(fit, [&](const std::string& name) {
    // The settings are always new: by them a daemon that runs sees that the maps are others.
    return name == SLUICE_MAP_SETTINGS || (!tables_fit && holds(kTables, name)) ||
           (!lists_fit && holds(kLists, name));
  });
  return fit;
}

}  // namespace

MapMigration::MapMigration(const FilterOptions& options, KernelTime now)
    : options_(&options), now_(now), directory_(maps_directory(options.bpf_fs)) {}

MapMigration::MapMigration(MapMigration&& other) noexcept
    : options_(std::exchange(other.options_, nullptr)),
      now_(other.now_),
      directory_(std::move(other.directory_)),
      program_(std::move(other.program_)),
      first_(other.first_),
      former_(other.former_) {}

MapMigration::~MapMigration() {
  if (options_ == nullptr) return;
  // Best effort: there is nobody left to tell, and the next attach() cleans up too.
  if (is_beside()) (void)remove_pins(directory_);
  if (former_) (void)write_settings(directory_, *former_);
}

bool MapMigration::is_beside() const {
  return directory_ == new_maps_directory(options_->bpf_fs);
}

Result<MapMigration> MapMigration::begin(const FilterOptions& options, KernelTime now) {
  MapMigration update(options, now);
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
  for (const auto& name : same_version ? maps_that_stay(*std::move(fit)) : std::vector<std::string>()) {
    if (auto pinned =
            pin_again(map_path(options.bpf_fs, name), fmt::format("{}/{}", update.directory_, name));
        !pinned)
      return pinned.error();
  }
  if (auto done = update.make_beside(); !done) return done.error();
  return update;
}

// Loads the program with its maps. Returns the settings that are in it.
Result<sluice_settings> MapMigration::load() {
  auto object = FilterObject::open(*options_, now_, directory_);
  if (!object) return object.error();
  if (auto loaded = object->load(); !loaded) return loaded.error();
  for (const auto& name : object->map_names()) {
    const mode_t mode = holds(kWrittenMaps, name) ? kWritableMode : kReadableMode;
    if (auto shared = share_pin(fmt::format("{}/{}", directory_, name), options_->group, mode); !shared)
      return shared.error();
  }
  program_ = UniqueFd(dup(object->program_fd()));
  if (!program_) return Error::system("duplicating a descriptor", errno);
  return object->settings();
}

Result<void> MapMigration::take_up() {
  const auto loaded = load();
  if (!loaded) return loaded.error();
  const auto former = settings_in(directory_);
  if (!former) return former.error();
  former_ = *former;
  return write_settings(directory_, *loaded);
}

Result<void> MapMigration::make_beside() {
  const auto loaded = load();
  if (!loaded) return loaded.error();
  if (auto written = write_settings(directory_, *loaded); !written) return written;
  const std::string maps = maps_directory(options_->bpf_fs);
  if (auto copied = copy_tables(maps, directory_, now_); !copied) return copied.error();
  return copy_lists(maps, directory_);
}

Result<bool> MapMigration::commit() {
  const bool beside = is_beside();
  if (beside) {
    const std::string maps = maps_directory(options_->bpf_fs);
    if (auto copied = copy_tables(maps, directory_, now_); !copied) return copied.error();
    if (auto exchanged = exchange_directories(directory_, maps); !exchanged) return exchanged.error();
    // These are the former maps now. What cannot be removed here the next attach() removes.
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
  // Under a dispatcher the former program may still run beside the new one, on the former maps, until it is
  // taken out.
  if (*later && *used) {
    if (auto copied = copy_tables(maps_directory(bpf_fs), beside, now); !copied) return copied.error();
    if (auto exchanged = exchange_directories(beside, maps_directory(bpf_fs)); !exchanged) return exchanged;
  }
  return remove_pins(beside);
}

}  // namespace sluice::kernel
