// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/table_copy.h"

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
#include "bpf/wire.h"
#include "daemon/kernel/maps.h"
#include "daemon/kernel/near_bits.h"
#include "daemon/kernel/wire_address.h"

namespace sluice::kernel {
namespace {

constexpr __u32 kBatch = 4096;  // entries a system call

template <class Key>
struct Entry {
  Key key;
  sluice_decision value;
};

template <class Key>
int order(const Entry<Key>& one, const Entry<Key>& other) {
  return std::memcmp(&one.key, &other.key, sizeof(Key));
}

// Whether both say the same, whatever the kernel counted in them.
bool says_the_same(const sluice_decision& one, const sluice_decision& other) {
  return one.deadline_ns == other.deadline_ns && one.action == other.action &&
         one.interval_ns == other.interval_ns && one.tolerance_ns == other.tolerance_ns;
}

// All entries, in the order of their keys' bytes.
template <class Key>
Result<std::vector<Entry<Key>>> read_all(const MapFd& map) {
  std::vector<Entry<Key>> entries;
  std::vector<Key> keys(kBatch);
  std::vector<sluice_decision> values(kBatch);
  std::optional<__u32> position;
  for (bool more = true; more;) {
    __u32 count = kBatch;
    __u32 next = 0;
    if (bpf_map_lookup_batch(map.get(), position ? &*position : nullptr, &next, keys.data(), values.data(),
                             &count, nullptr) != 0) {
      if (errno != ENOENT) return Error::system(fmt::format("{}: reading its entries", map.path()), errno);
      more = false;  // the last ones
    }
    for (__u32 i = 0; i < count; ++i)
      entries.push_back({keys[i], values[i]});
    position = next;
  }
  std::ranges::sort(entries, [](const auto& one, const auto& other) { return order(one, other) < 0; });
  return entries;
}

template <class Key>
Result<void> put_all(const MapFd& map, std::span<const Entry<Key>> entries, std::string_view setting) {
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
Difference difference(std::span<const Entry<Key>> from, std::span<const Entry<Key>> to) {
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

Result<sluice_settings> settings_of(const std::string& maps) {
  const auto map = ReadMap<std::uint32_t, sluice_settings>::open(maps + "/settings");
  if (!map) return map.error();
  const auto settings = map->find(0);
  if (!settings) return settings.error();
  return settings->value_or(sluice_settings{});
}

constexpr std::size_t kLinesInMib = (std::size_t{1} << 20) / sizeof(sluice_list_line);

// Nothing where `from` has no such map, and where both are one.
struct Pair {
  MapFd from;
  MapFd to;
};
Result<std::optional<Pair>> open_both(const std::string& from, const std::string& to, std::string_view name,
                                      std::size_t key_size, std::size_t value_size) {
  auto source = MapFd::open(fmt::format("{}/{}", from, name), Access::read, key_size, value_size);
  if (!source && source.error().code() == ENOENT) return std::optional<Pair>();
  if (!source) return source.error();
  auto target = MapFd::open(fmt::format("{}/{}", to, name), Access::write, key_size, value_size);
  if (!target) return target.error();
  if (source->id() == target->id()) return std::optional<Pair>();
  return std::optional<Pair>({*std::move(source), *std::move(target)});
}

template <class Key>
Result<std::size_t> copy_table(const std::string& from, const std::string& to, std::string_view name,
                               std::span<__u64> lengths, NearBits& near, KernelTime now) {
  const auto both = open_both(from, to, name, sizeof(Key), sizeof(sluice_decision));
  if (!both) return both.error();
  if (!*both) return 0;
  const auto& [source, target] = **both;
  auto wanted = read_all<Key>(source);
  if (!wanted) return wanted.error();
  std::erase_if(*wanted, [&](const auto& entry) { return entry.value.deadline_ns <= now.ns; });
  const auto present = read_all<Key>(target);
  if (!present) return present.error();

  const auto [put, remove] = difference<Key>(*wanted, *present);
  for (const std::size_t i : remove) {
    if (const int error = target.remove(&(*present)[i].key); error != 0 && error != ENOENT)
      return Error::system(target.path(), error);
  }
  std::vector<Entry<Key>> changed;
  changed.reserve(put.size());
  for (const std::size_t i : put)
    changed.push_back((*wanted)[i]);
  const bool allows = name.starts_with("allow");
  if (auto done = put_all<Key>(target, changed, allows ? "filter.max_allows" : "filter.max_decisions"); !done)
    return done.error();
  // After the entries: the program may probe in vain, but never miss one. Of entries that have gone since the
  // last time the near bits stay, until a daemon takes the maps over.
  for (const auto& entry : *wanted) {
    if (const auto network = to_prefix(entry.key)) near.add(*network);
    if (entry.key.length / 64 < lengths.size())
      std::atomic_ref(lengths[entry.key.length / 64]).fetch_or(__u64{1} << (entry.key.length % 64));
  }
  return wanted->size();
}

}  // namespace

Result<std::size_t> copy_tables(const std::string& from, const std::string& to, KernelTime now) {
  auto lengths = MappedValue<sluice_lengths>::open(fmt::format("{}/lengths", to));
  if (!lengths) return lengths.error();
  auto lines = MappedArray<sluice_list_line>::open(fmt::format("{}/near", to));
  if (!lines) return lines.error();
  const auto settings = settings_of(to);
  if (!settings) return settings.error();
  auto areas = MappedValue<sluice_areas>::open(fmt::format("{}/areas", to));
  if (!areas) return areas.error();
  NearBits near(lines->values(), **areas, settings->seed);
  sluice_lengths& words = **lengths;
  std::size_t entries = 0;
  for (const auto& copied :
       {copy_table<sluice_key_v4>(from, to, "allow_v4", words.allow_v4, near, now),
        copy_table<sluice_key_v6>(from, to, "allow_v6", words.allow_v6, near, now),
        copy_table<sluice_key_v4>(from, to, "decisions_v4", words.decision_v4, near, now),
        copy_table<sluice_key_v6>(from, to, "decisions_v6", words.decision_v6, near, now)}) {
    if (!copied) return copied.error();
    entries += *copied;
  }
  return entries;
}

Result<void> copy_lists(const std::string& from, const std::string& to) {
  // Images of another version are of another make, and its switch stood elsewhere: the daemon, which reads
  // the lists' files whenever it starts, puts new ones in force.
  const auto both = open_both(from, to, "list_switch", sizeof(__u32), sizeof(sluice_list_switch));
  if (!both) return both.error();
  if (!*both) return {};
  auto source = MappedArray<sluice_list_line>::open(fmt::format("{}/lists", from));
  if (!source) return source.error();
  auto target = MappedArray<sluice_list_line>::open(fmt::format("{}/lists", to));
  if (!target) return target.error();
  auto source_switch = MappedValue<sluice_list_switch>::open(fmt::format("{}/list_switch", from));
  if (!source_switch) return source_switch.error();
  auto target_switch = MappedValue<sluice_list_switch>::open(fmt::format("{}/list_switch", to));
  if (!target_switch) return target_switch.error();
  const __u32 base = sluice_list_base(std::atomic_ref((*source_switch)->active).load());
  const std::atomic_ref target_active((*target_switch)->active);
  if (base == 0 || target_active.load() != 0) return {};
  const auto lines = source->values();
  sluice_list_image image{};
  if (base + 1 >= lines.size()) return {};
  std::memcpy(&image, &lines[base], sizeof image);
  if (image.lines > lines.size() - base) return {};
  const std::size_t room = (target->values().size() - 1) / 2;
  if (image.lines > room) {
    return Error(
        fmt::format("the lists in force take {} MiB, and half of filter.list_memory_mib is {}: raise it",
                    image.lines / kLinesInMib + 1, room / kLinesInMib));
  }
  std::ranges::copy(lines.subspan(base, image.lines), target->values().begin() + 1);
  target_active.store(sluice_list_active(1, &image));
  return {};
}

}  // namespace sluice::kernel
