// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sanity.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace sluice::lists {
namespace {

constexpr unsigned kWidestV4 = 8;
constexpr unsigned kWidestV6 = 16;
constexpr std::size_t kFew = 20;

struct NetV4 {
  std::uint32_t network;
  unsigned length;
};
constexpr std::array<NetV4, 6> kNearV4 = {{{0x0a000000, 8},     // 10.0.0.0/8
                                           {0x64400000, 10},    // 100.64.0.0/10
                                           {0x7f000000, 8},     // 127.0.0.0/8
                                           {0xa9fe0000, 16},    // 169.254.0.0/16
                                           {0xac100000, 12},    // 172.16.0.0/12
                                           {0xc0a80000, 16}}};  // 192.168.0.0/16
struct NetV6 {
  std::uint64_t high;
  std::uint64_t low;
  unsigned length;
};
constexpr std::array<NetV6, 3> kNearV6 = {{{0, 1, 128},                       // ::1
                                           {0xfc00'0000'0000'0000, 0, 7},     // fc00::/7
                                           {0xfe80'0000'0000'0000, 0, 10}}};  // fe80::/10

bool is_wide(EntryV4 entry) {
  return length_of(entry) < kWidestV4;
}
bool is_wide(const EntryV6& entry) {
  return entry.length < kWidestV6;
}

enum class Relation : std::uint8_t { apart, inside, around };

Relation relation(EntryV4 entry) {
  for (const NetV4& near : kNearV4) {
    const unsigned shorter = std::min(near.length, length_of(entry));
    if (((near.network ^ network_of(entry)) & mask_v4(shorter)) != 0) continue;
    return length_of(entry) >= near.length ? Relation::inside : Relation::around;
  }
  return Relation::apart;
}

Relation relation(const EntryV6& entry) {
  for (const NetV6& near : kNearV6) {
    const unsigned shorter = std::min<unsigned>(near.length, entry.length);
    if (((near.high ^ entry.high) & mask_high(shorter)) != 0 ||
        ((near.low ^ entry.low) & mask_low(shorter)) != 0)
      continue;
    return entry.length >= near.length ? Relation::inside : Relation::around;
  }
  return Relation::apart;
}

// A network of those who are near may be as wide as it is.
template <class Entry>
bool is_too_wide(const Entry& entry) {
  return is_wide(entry) && relation(entry) != Relation::inside;
}

std::pair<EntryV4, EntryV4> halves(EntryV4 entry) {
  const unsigned length = length_of(entry) + 1;
  return {make_entry_v4(network_of(entry), length, list_of(entry)),
          make_entry_v4(network_of(entry) | 1U << (32 - length), length, list_of(entry))};
}

std::pair<EntryV6, EntryV6> halves(const EntryV6& entry) {
  EntryV6 first = entry;
  ++first.length;
  EntryV6 second = first;
  if (second.length <= 64) {
    second.high |= 1ULL << (64U - second.length);
  } else {
    second.low |= 1ULL << (128U - second.length);
  }
  return {first, second};
}

// Adds the parts of an entry that hold nothing near. One within /8 or /16 has at most some hundred.
template <class Entry>
void add_parts(const Entry& entry, std::vector<Entry>& parts) {
  switch (relation(entry)) {
    case Relation::apart:
      parts.push_back(entry);
      return;
    case Relation::inside:
      return;
    case Relation::around: {
      const auto [first, second] = halves(entry);
      add_parts(first, parts);
      add_parts(second, parts);
    }
  }
}

template <class Entry>
void spare_near(std::vector<Entry>& entries, ListReport& report) {
  std::vector<Entry> parts;
  const auto touches = [&](const Entry& entry) {
    if (relation(entry) == Relation::apart) return false;
    ++report.spared;
    add_parts(entry, parts);
    return true;
  };
  std::erase_if(entries, touches);
  entries.insert(entries.end(), parts.begin(), parts.end());
}

}  // namespace

void leave_out_unfit(ListAction action, Entries& entries, ListReport& report) {
  report.too_wide += std::erase_if(entries.v4, is_too_wide<EntryV4>);
  report.too_wide += std::erase_if(entries.v6, is_too_wide<EntryV6>);
  if (action != ListAction::block && action != ListAction::throttle) return;
  spare_near(entries.v4, report);
  spare_near(entries.v6, report);
}

std::size_t leave_out_wide(std::vector<Prefix>& ranges) {
  return std::erase_if(ranges, [](const Prefix& range) {
    return range.length() < (range.family() == Family::ipv4 ? kWidestV4 : kWidestV6);
  });
}

bool shrank(std::size_t before, std::size_t now, double max_shrink) {
  if (before < kFew || now >= before) return false;
  return static_cast<double>(before - now) > max_shrink * static_cast<double>(before);
}

}  // namespace sluice::lists
