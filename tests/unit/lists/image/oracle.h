// SPDX-License-Identifier: Apache-2.0
// What the lists say of an address, found the plain way: every prefix length is looked up in a hash map of
// its own, and the list that counts most wins. Shares nothing with the compiler. Also makes sets of entries.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/lists/image/compile.h"
#include "daemon/lists/image/lookup.h"

namespace sluice::lists::test {

__extension__ using Wide = unsigned __int128;

inline Wide address_bits(const EntryV6& entry) {
  return Wide{entry.high} << 64U | entry.low;
}

class Oracle {
 public:
  Oracle(const Entries& entries, std::span<const Rule> rules) {
    // The allows by falling priority, then at each priority the drops before the throttles.
    std::set<std::int32_t, std::greater<>> priorities;
    for (const Rule& rule : rules)
      priorities.insert(rule.priority);
    const auto take = [&](std::int32_t priority, sluice_action action) {
      for (const Rule& rule : rules) {
        if (rule.action == action && rule.priority == priority) order_.push_back(rule.list);
      }
    };
    for (const std::int32_t priority : priorities)
      take(priority, SLUICE_ALLOW);
    for (const std::int32_t priority : priorities) {
      take(priority, SLUICE_DROP);
      take(priority, SLUICE_THROTTLE);
    }
    for (const EntryV4 entry : entries.v4)
      add(v4_[length_of(entry)], network_of(entry), list_of(entry));
    for (const EntryV6& entry : entries.v6)
      add(v6_[entry.length], std::pair(entry.high, entry.low), entry.list);
  }

  [[nodiscard]] std::optional<ListNumber> find(std::uint32_t address) const {
    std::size_t best = order_.size();
    for (unsigned length = 0; length <= 32; ++length) {
      const auto cut = length == 0 ? 0 : address >> (32 - length) << (32 - length);
      if (const auto at = v4_[length].find(cut); at != v4_[length].end()) best = std::min(best, at->second);
    }
    return list(best);
  }
  [[nodiscard]] std::optional<ListNumber> find(Wide address) const {
    std::size_t best = order_.size();
    for (unsigned length = 0; length <= 128; ++length) {
      const Wide cut = length == 0 ? 0 : address >> (128 - length) << (128 - length);
      const auto key = std::pair(static_cast<std::uint64_t>(cut >> 64U), static_cast<std::uint64_t>(cut));
      if (const auto at = v6_[length].find(key); at != v6_[length].end()) best = std::min(best, at->second);
    }
    return list(best);
  }

 private:
  template <class Map, class Key>
  void add(Map& map, const Key& key, ListNumber list) {
    const auto place = static_cast<std::size_t>(std::ranges::find(order_, list) - order_.begin());
    if (place == order_.size()) return;
    const auto [at, is_new] = map.emplace(key, place);
    if (!is_new) at->second = std::min(at->second, place);
  }
  [[nodiscard]] std::optional<ListNumber> list(std::size_t best) const {
    if (best == order_.size()) return std::nullopt;
    return order_[best];
  }

  std::vector<ListNumber> order_;  // what counts most first
  std::array<boost::unordered_flat_map<std::uint32_t, std::size_t>, 33> v4_;
  std::array<boost::unordered_flat_map<std::pair<std::uint64_t, std::uint64_t>, std::size_t,
                                       boost::hash<std::pair<std::uint64_t, std::uint64_t>>>,
             129>
      v6_;
};

inline Address to_address(std::uint32_t number) {
  return Address::from_v4({static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
                           static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)});
}
inline Address to_address(Wide number) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 16; ++i)
    bytes[i] = static_cast<std::uint8_t>(number >> (120 - 8 * i));
  return Address::from_v6(bytes);
}

// Entries as real lists have them: clustered, mostly long, some short; every other one nested in one before.
class Maker {
 public:
  explicit Maker(std::uint64_t seed, unsigned lists) : random_(seed), lists_(lists) {}

  void add_v4(Entries& entries, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto address = static_cast<std::uint32_t>(random_());
      unsigned length = length_v4();
      if (i % 2 == 1) {
        const EntryV4 outer = entries.v4[random_() % entries.v4.size()];
        const std::uint32_t mask = mask_v4(length_of(outer));
        address = (network_of(outer) & mask) | (address & ~mask);
        length = length_of(outer) + static_cast<unsigned>(random_() % (33 - length_of(outer)));
      }
      entries.v4.push_back(make_entry_v4(address & mask_v4(length), length, list()));
    }
  }

  void add_v6(Entries& entries, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t high = 0x2000'0000'0000'0000 | random_() >> 3U;
      std::uint64_t low = random_();
      unsigned length = length_v6();
      if (i % 2 == 1) {
        const EntryV6 outer = entries.v6[random_() % entries.v6.size()];
        high = outer.high | (high & ~mask_high(outer.length));
        low = outer.low | (low & ~mask_low(outer.length));
        length = outer.length + static_cast<unsigned>(random_() % (129U - outer.length));
      }
      entries.v6.push_back(
          {high & mask_high(length), low & mask_low(length), static_cast<std::uint8_t>(length), list()});
    }
  }

 private:
  ListNumber list() { return static_cast<ListNumber>(1 + random_() % lists_); }
  unsigned length_v4() {
    const auto draw = random_() % 100;
    return static_cast<unsigned>(draw < 50   ? 32
                                 : draw < 80 ? 24
                                 : draw < 97 ? 20 + random_() % 13
                                             : 8 + random_() % 12);
  }
  unsigned length_v6() {
    const auto draw = random_() % 100;
    return static_cast<unsigned>(draw < 30   ? 64
                                 : draw < 55 ? 48
                                 : draw < 75 ? 128
                                 : draw < 98 ? 32 + random_() % 97
                                             : 16 + random_() % 16);
  }

  std::mt19937_64 random_;
  unsigned lists_;
};

// `count` lists of all three actions, the first numbers not the first that count.
inline std::vector<Rule> make_rules(unsigned count) {
  std::vector<Rule> rules;
  for (unsigned i = 0; i < count; ++i) {
    const auto number = static_cast<ListNumber>(i + 1);
    constexpr std::array kActions = {SLUICE_THROTTLE, SLUICE_DROP, SLUICE_ALLOW};
    rules.push_back({number, kActions[i % 3], i % 3 == 0 ? 1000U : 0U, 0});
  }
  return rules;
}

// The image of what fits whatever it takes.
inline std::vector<sluice_list_line> build(const Compilation& compilation, std::uint64_t seed) {
  sluice_list_line rubbish = {};
  std::ranges::fill(rubbish.words, 0xa5a5'a5a5'a5a5'a5a5);
  std::vector<sluice_list_line> lines(compilation.lines() * 3 / 2 + 1000, rubbish);
  lines.resize(compilation.build(seed, lines).value());
  return lines;
}

}  // namespace sluice::lists::test
