// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/entries.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>

namespace sluice::lists {
namespace {

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes)
    value = value << 8U | byte;
  return value;
}

// One pass of a radix sort: stable, by the 11 bits of key(entry) from `shift` on.
template <class Entry, class Key>
void sort_pass(const std::vector<Entry>& from, std::vector<Entry>& to, unsigned shift, Key key) {
  constexpr std::size_t kDigits = std::size_t{1} << 11U;
  std::vector<std::size_t> starts(kDigits);
  for (const Entry& entry : from)
    ++starts[key(entry) >> shift & (kDigits - 1)];
  std::exclusive_scan(starts.begin(), starts.end(), starts.begin(), std::size_t{0});
  for (const Entry& entry : from)
    to[starts[key(entry) >> shift & (kDigits - 1)]++] = entry;
}

bool before(const EntryV6& a, const EntryV6& b) {
  return std::tie(a.high, a.low, a.length) < std::tie(b.high, b.low, b.length);
}

}  // namespace

std::uint32_t number_of(const Address& v4) {
  return static_cast<std::uint32_t>(big_endian(v4.bytes()));
}

Halves halves_of(const Address& address) {
  const auto bytes = address.bytes();
  return {big_endian(bytes.first(8)), big_endian(bytes.subspan(8))};
}

void Entries::add(const Prefix& prefix, ListNumber list) {
  if (prefix.family() == Family::ipv4) {
    v4.push_back(make_entry_v4(number_of(prefix.address()), prefix.length(), list));
    return;
  }
  const Halves halves = halves_of(prefix.address());
  v6.push_back({halves.high, halves.low, static_cast<std::uint8_t>(prefix.length()), list});
}

void sort_entries(std::vector<EntryV4>& entries) {
  if (std::ranges::is_sorted(entries)) return;  // as most published lists are
  std::vector<EntryV4> other(entries.size());
  const auto key = [](EntryV4 entry) { return entry; };
  // Network and length are bits 24 to 63; the order of lists of the same network does not matter.
  sort_pass(entries, other, 24, key);
  sort_pass(other, entries, 35, key);
  sort_pass(entries, other, 46, key);
  sort_pass(other, entries, 57, key);
}

void sort_entries(std::vector<EntryV6>& entries) {
  if (std::ranges::is_sorted(entries, before)) return;
  // By the first 33 bits in linear time, then each run of the same 33 bits by comparison.
  std::vector<EntryV6> other(entries.size());
  const auto key = [](const EntryV6& entry) { return entry.high; };
  sort_pass(entries, other, 31, key);
  sort_pass(other, entries, 42, key);
  sort_pass(entries, other, 53, key);
  entries.swap(other);
  for (auto run = entries.begin(); run != entries.end();) {
    const auto end = std::find_if(
        run, entries.end(), [&](const EntryV6& entry) { return entry.high >> 31U != run->high >> 31U; });
    std::sort(run, end, before);
    run = end;
  }
}

}  // namespace sluice::lists
