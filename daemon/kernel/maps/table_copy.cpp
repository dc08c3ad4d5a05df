// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/table_copy.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <bpf/bpf.h>
#include <fmt/format.h>

#include "bpf/hash.h"
#include "bpf/map_names.h"
#include "bpf/wire.h"
#include "daemon/kernel/maps/bpf_map.h"
#include "daemon/kernel/maps/proximity_filter.h"
#include "daemon/kernel/maps/settings_map.h"
#include "daemon/kernel/maps/wire_address.h"

namespace sluice::kernel {
namespace {

constexpr std::uint32_t kBatch = 4096;  // entries for each system call

template <class Key>
struct TableEntry {
  Key key;
  sluice_decision value;
};

template <class Key>
int order(const TableEntry<Key>& one, const TableEntry<Key>& other) {
  return std::memcmp(&one.key, &other.key, sizeof(Key));
}

// Whether both say the same. What the kernel counted in them does not matter.
bool says_the_same(const sluice_decision& one, const sluice_decision& other) {
  return one.deadline_ns == other.deadline_ns && one.action == other.action &&
         one.interval_ns == other.interval_ns && one.tolerance_ns == other.tolerance_ns;
}

// All entries, in the order of their keys' bytes.
template <class Key>
Result<std::vector<TableEntry<Key>>> read_all(const MapFd& map) {
  std::vector<TableEntry<Key>> entries;
  std::vector<Key> keys(kBatch);
  std::vector<sluice_decision> values(kBatch);
  std::optional<std::uint32_t> position;
  for (bool more = true; more;) {
    std::uint32_t count = kBatch;
    const int error = map.next_entries(position, keys.data(), values.data(), count);
    if (error != 0 && error != ENOENT)
      return Error::system(fmt::format("{}: reading its entries", map.path()), error);
    more = error == 0;
    for (std::uint32_t i = 0; i < count; ++i)
      entries.push_back({keys[i], values[i]});
  }
  std::ranges::sort(entries, [](const auto& one, const auto& other) { return order(one, other) < 0; });
  return entries;
}

template <class Key>
Result<void> put_all(const MapFd& map, std::span<const TableEntry<Key>> entries, std::string_view setting) {
  std::vector<Key> keys;
  std::vector<sluice_decision> values;
  for (const auto& entry : entries) {
    keys.push_back(entry.key);
    values.push_back(entry.value);
  }
  for (std::size_t done = 0; done < keys.size();) {
    auto count = static_cast<__u32>(std::min<std::size_t>(kBatch, keys.size() - done));
    if (bpf_map_update_batch(map.get(), keys.data() + done, values.data() + done, &count, nullptr) != 0) {
      if (errno != E2BIG) return Error::system(fmt::format("{}: writing its entries", map.path()), errno);
      return Error(fmt::format("{} is {}, which is less than what is in force: raise it, or end some first",
                               setting, map.max_entries()));
    }
    done += count;
  }
  return {};
}

struct Difference {
  std::vector<std::size_t> put;     // places in `from`
  std::vector<std::size_t> remove;  // places in `to`
};

template <class Key>
Difference difference(std::span<const TableEntry<Key>> from, std::span<const TableEntry<Key>> to) {
  Difference difference;
  std::size_t at = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    while (at < to.size() && order(to[at], from[i]) < 0)
      difference.remove.push_back(at++);
    const bool present = at < to.size() && order(to[at], from[i]) == 0;
    if (!present || !says_the_same(to[at].value, from[i].value)) difference.put.push_back(i);
    if (present) ++at;
  }
  while (at < to.size())
    difference.remove.push_back(at++);
  return difference;
}

// A map by that name in both directories. Nothing if `from` has none, or if both are the same map.
struct MapPair {
  MapFd from;
  MapFd to;
};
Result<std::optional<MapPair>> open_both(const std::string& from, const std::string& to,
                                         std::string_view name, std::size_t key_size,
                                         std::size_t value_size) {
  auto source = MapFd::open(fmt::format("{}/{}", from, name), PinAccess::read, key_size, value_size);
  if (!source && source.error().code() == ENOENT) return std::optional<MapPair>();
  if (!source) return source.error();
  auto target = MapFd::open(fmt::format("{}/{}", to, name), PinAccess::write, key_size, value_size);
  if (!target) return target.error();
  if (source->id() == target->id()) return std::optional<MapPair>();
  return std::optional<MapPair>({*std::move(source), *std::move(target)});
}

// Makes the entries of `target`, which now holds `present`, those of `wanted`.
template <class Key>
Result<void> apply_difference(const MapFd& target, std::span<const TableEntry<Key>> wanted,
                              std::span<const TableEntry<Key>> present, std::string_view setting) {
  const auto [put, remove] = difference<Key>(wanted, present);
  for (const std::size_t i : remove) {
    if (const int error = target.remove(&present[i].key); error != 0 && error != ENOENT)
      return Error::system(target.path(), error);
  }
  std::vector<TableEntry<Key>> changed;
  changed.reserve(put.size());
  for (const std::size_t i : put)
    changed.push_back(wanted[i]);
  return put_all<Key>(target, changed, setting);
}

template <class Key>
Result<std::size_t> copy_table(const std::string& from, const std::string& to, std::string_view name,
                               std::span<__u64> lengths, ProximityFilter& proximity, KernelTime now) {
  const auto both = open_both(from, to, name, sizeof(Key), sizeof(sluice_decision));
  if (!both) return both.error();
  if (!*both) return 0;
  const auto& [source, target] = **both;
  auto wanted = read_all<Key>(source);
  if (!wanted) return wanted.error();
  std::erase_if(*wanted, [&](const auto& entry) { return entry.value.deadline_ns <= now.ns; });
  const auto present = read_all<Key>(target);
  if (!present) return present.error();
  const char* setting = name.starts_with("allow") ? "filter.max_allows" : "filter.max_decisions";
  if (auto done = apply_difference<Key>(target, *wanted, *present, setting); !done) return done.error();
  // After the entries: the program may probe in vain, but it never misses an entry. Bits of entries that have
  // gone since the last time stay set until a daemon takes the maps over.
  for (const auto& entry : *wanted) {
    if (const auto network = to_prefix(entry.key)) proximity.add(*network);
    if (entry.key.length / 64 < lengths.size())
      std::atomic_ref(lengths[entry.key.length / 64]).fetch_or(__u64{1} << (entry.key.length % 64));
  }
  return wanted->size();
}

// The lines of the image that begins at a line; nothing if the map has no such image.
std::span<sluice_list_line> image_at(std::span<sluice_list_line> lines, std::uint32_t line) {
  sluice_list_image image{};
  if (line == 0 || line + 1 >= lines.size()) return {};
  std::memcpy(&image, &lines[line], sizeof image);
  if (image.lines > lines.size() - line) return {};
  return lines.subspan(line, image.lines);
}

}  // namespace

Result<std::size_t> copy_tables(const std::string& from, const std::string& to, KernelTime now) {
  auto lengths = MappedValue<sluice_lengths>::open(fmt::format("{}/{}", to, SLUICE_MAP_LENGTHS));
  if (!lengths) return lengths.error();
  auto lines = MappedArray<sluice_list_line>::open(fmt::format("{}/{}", to, SLUICE_MAP_NEAR));
  if (!lines) return lines.error();
  const auto settings = settings_in(to);
  if (!settings) return settings.error();
  auto areas = MappedValue<sluice_areas>::open(fmt::format("{}/{}", to, SLUICE_MAP_AREAS));
  if (!areas) return areas.error();
  ProximityFilter proximity(lines->values(), **areas, settings->value_or(sluice_settings{}).seed);
  sluice_lengths& words = **lengths;
  std::size_t entries = 0;
  for (const auto& copied :
       {copy_table<sluice_key_v4>(from, to, SLUICE_MAP_ALLOW_V4, words.allow_v4, proximity, now),
        copy_table<sluice_key_v6>(from, to, SLUICE_MAP_ALLOW_V6, words.allow_v6, proximity, now),
        copy_table<sluice_key_v4>(from, to, SLUICE_MAP_DECISIONS_V4, words.decision_v4, proximity, now),
        copy_table<sluice_key_v6>(from, to, SLUICE_MAP_DECISIONS_V6, words.decision_v6, proximity, now)}) {
    if (!copied) return copied.error();
    entries += *copied;
  }
  return entries;
}

Result<void> copy_lists(const std::string& from, const std::string& to) {
  const auto path = [](const std::string& maps, const char* name) {
    return fmt::format("{}/{}", maps, name);
  };
  // An earlier version had no such map, and an image of another layout. Then nothing is copied: the daemon
  // reads the lists' files when it starts, and puts a new image in force.
  const auto both = open_both(from, to, SLUICE_MAP_LIST_SWITCH, sizeof(__u32), sizeof(sluice_list_switch));
  if (!both) return both.error();
  if (!*both) return {};
  auto source = MappedArray<sluice_list_line>::open(path(from, SLUICE_MAP_LISTS));
  if (!source) return source.error();
  auto target = MappedArray<sluice_list_line>::open(path(to, SLUICE_MAP_LISTS));
  if (!target) return target.error();
  auto source_switch = MappedValue<sluice_list_switch>::open(path(from, SLUICE_MAP_LIST_SWITCH));
  if (!source_switch) return source_switch.error();
  auto target_switch = MappedValue<sluice_list_switch>::open(path(to, SLUICE_MAP_LIST_SWITCH));
  if (!target_switch) return target_switch.error();

  const std::uint32_t line = sluice_list_base(std::atomic_ref((*source_switch)->active).load());
  const auto lines = image_at(source->values(), line);
  const std::atomic_ref target_active((*target_switch)->active);
  if (lines.empty() || target_active.load() != 0) return {};
  const std::size_t room = (target->values().size() - 1) / 2;
  if (lines.size() > room) {
    return Error(
        fmt::format("the lists in force take {} MiB, and half of filter.list_memory_mib is {}: raise it",
                    lines.size() / SLUICE_LIST_LINES_IN_MIB + 1, room / SLUICE_LIST_LINES_IN_MIB));
  }
  std::ranges::copy(lines, target->values().begin() + 1);
  sluice_list_image image{};
  std::memcpy(&image, lines.data(), sizeof image);
  target_active.store(sluice_list_active(1, &image));
  return {};
}

}  // namespace sluice::kernel
