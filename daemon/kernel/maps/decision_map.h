// SPDX-License-Identifier: Apache-2.0
// One of the kernel's four tables of allows and decisions, with what tells the program where to look: its
// words in `lengths` (which prefix lengths to probe) and its bits in the proximity filter (whether to probe
// at all). Used by verdict_table, the only writer.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "bpf/wire.h"
#include "daemon/kernel/maps/bpf_map.h"
#include "daemon/kernel/maps/proximity_filter.h"
#include "daemon/kernel/maps/wire_address.h"

namespace sluice::kernel {

template <class Key>
class DecisionMap {
 public:
  // Counts what the table holds, and writes `lengths` and `proximity` accordingly. All must outlive this.
  [[nodiscard]] static Result<DecisionMap> create(WritableMap<Key, sluice_decision>& map,
                                                  std::span<__u64> lengths, ProximityFilter& proximity) {
    DecisionMap table(map, lengths, proximity);
    const auto keys = map.keys();
    if (!keys) return keys.error();
    for (const Key& key : *keys) {
      const auto source = to_prefix(key);
      if (!source) continue;
      ++table.entries_[key.length];
      proximity.add(*source);
    }
    table.size_ = keys->size();
    for (unsigned length = 0; length < lengths.size() * 64 && length < table.entries_.size(); ++length) {
      table.show(length);
    }
    return table;
  }

  // Replaces an entry of the same source. What the kernel counted in it stays. If the rate of a throttle is
  // the same its state stays too. The error's code is E2BIG if the table is full.
  [[nodiscard]] Result<void> put(const Prefix& source, sluice_decision value) {
    const Key key = to_key(source);
    const auto before = map_.find(key);
    if (!before) return before.error();
    if (const auto& entry = *before) {
      value.packets = entry->packets;
      value.bytes = entry->bytes;
      const bool same_rate =
          entry->interval_ns == value.interval_ns && entry->tolerance_ns == value.tolerance_ns;
      if (same_rate) value.tat_ns = entry->tat_ns;
    }
    if (auto written = map_.put(key, value); !written) return written;
    if (!*before) {
      proximity_.add(source);
      count(source.length(), +1);
    }
    return {};
  }

  // Whether there was one.
  [[nodiscard]] Result<bool> remove(const Prefix& source) {
    auto removed = map_.remove(to_key(source));
    if (removed && *removed) forget(source);
    return removed;
  }

  // Removes every entry for whose source `stays` returns false. Returns how many.
  template <class F>
  [[nodiscard]] Result<std::size_t> remove_unless(F&& stays) {
    const auto keys = map_.keys();
    if (!keys) return keys.error();
    std::size_t removed = 0;
    for (const Key& key : *keys) {
      const auto source = to_prefix(key);
      if (source && stays(*source)) continue;
      if (const auto gone = map_.remove(key); !gone) return gone.error();
      if (source) {
        forget(*source);
      } else {
        --size_;  // it was never counted by length
      }
      ++removed;
    }
    return removed;
  }

  // Calls visit(source, value) for each entry.
  template <class F>
  [[nodiscard]] Result<void> for_each(F&& visit) const {
    const auto keys = map_.keys();
    if (!keys) return keys.error();
    for (const Key& key : *keys) {
      const auto source = to_prefix(key);
      const auto value = map_.find(key);
      if (!value) return value.error();
      if (source && *value) visit(*source, **value);
    }
    return {};
  }

  [[nodiscard]] Result<std::optional<sluice_decision>> find(const Prefix& source) const {
    return map_.find(to_key(source));
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return map_.max_entries(); }

 private:
  DecisionMap(WritableMap<Key, sluice_decision>& map, std::span<__u64> lengths, ProximityFilter& proximity)
      : map_(map), lengths_(lengths), proximity_(proximity) {}

  static Key to_key(const Prefix& source) {
    if constexpr (std::is_same_v<Key, sluice_key_v4>) {
      return to_key_v4(source);
    } else {
      return to_key_v6(source);
    }
  }

  void forget(const Prefix& source) {
    proximity_.remove(source);
    count(source.length(), -1);
  }

  void count(unsigned length, int by) {
    entries_[length] += static_cast<std::uint32_t>(by);
    size_ += static_cast<std::size_t>(by);
    show(length);
  }

  // To be called after an insertion and after a removal: the program may probe in vain, but never misses an
  // entry.
  void show(unsigned length) {
    const std::atomic_ref word(lengths_[length / 64]);
    const __u64 bit = __u64{1} << (length % 64);
    if (entries_[length] != 0) {
      word.fetch_or(bit);
    } else {
      word.fetch_and(~bit);
    }
  }

  WritableMap<Key, sluice_decision>& map_;
  std::span<__u64> lengths_;
  ProximityFilter& proximity_;
  std::array<std::uint32_t, 129> entries_{};  // by prefix length
  std::size_t size_ = 0;
};

}  // namespace sluice::kernel
