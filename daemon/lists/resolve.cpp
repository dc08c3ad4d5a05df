// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/resolve.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace sluice::lists {
namespace {

// The order in which actions count.
unsigned weight(sluice_action action) {
  switch (action) {
    case SLUICE_ALLOW:
      return 0;
    case SLUICE_DROP:
      return 1;
    case SLUICE_THROTTLE:
      return 2;
  }
  return 3;
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

// What the two families' walks ask of an entry.
bool encloses(EntryV4 outer, EntryV4 inner) {
  return ((network_of(outer) ^ network_of(inner)) & mask_v4(length_of(outer))) == 0;
}
bool encloses(const EntryV6& outer, const EntryV6& inner) {
  return ((outer.high ^ inner.high) & mask_high(outer.length)) == 0 &&
         ((outer.low ^ inner.low) & mask_low(outer.length)) == 0;
}
bool same_network(EntryV4 a, EntryV4 b) {
  return a >> 24U == b >> 24U;
}
bool same_network(const EntryV6& a, const EntryV6& b) {
  return a.same_network(b);
}
ListNumber list_of(const EntryV6& entry) {
  return entry.list;
}
using lists::list_of;

// Sorted entries are the nodes of a forest in the order of a walk from the roots down: the entries kept that
// enclose the one at hand are a stack, each of which counts more than those below it.
template <class Entry>
void drop_redundant_of(std::vector<Entry>& entries, const Ranks& ranks, CountByList& redundant) {
  std::vector<Entry> enclosing;  // at most one of each length
  std::size_t kept = 0;
  for (const Entry entry : entries) {
    while (!enclosing.empty() && !encloses(enclosing.back(), entry))
      enclosing.pop_back();
    const unsigned inherited = enclosing.empty() ? Ranks::kNone : ranks[list_of(enclosing.back())];
    if (ranks[list_of(entry)] >= inherited) {
      ++redundant[list_of(entry)];
    } else if (!enclosing.empty() && same_network(enclosing.back(), entry)) {
      // It is the last one kept: nothing between them could be.
      ++redundant[list_of(enclosing.back())];
      enclosing.back() = entry;
      entries[kept - 1] = entry;
    } else {
      enclosing.push_back(entry);
      entries[kept++] = entry;
    }
  }
  entries.resize(kept);
}

}  // namespace

Ranks::Ranks(std::span<const Rule> rules) {
  ranks_.fill(kNone);
  std::vector<Rule> order(rules.begin(), rules.end());
  std::ranges::stable_sort(order, {}, [](const Rule& rule) {
    return std::tuple(rule.action != SLUICE_ALLOW, -std::int64_t{rule.priority}, weight(rule.action));
  });
  std::uint16_t rank = 0;
  for (const Rule& rule : order)
    ranks_[rule.list] = rank++;
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

void drop_redundant(std::vector<EntryV4>& entries, const Ranks& ranks, CountByList& redundant) {
  drop_redundant_of(entries, ranks, redundant);
}

void drop_redundant(std::vector<EntryV6>& entries, const Ranks& ranks, CountByList& redundant) {
  drop_redundant_of(entries, ranks, redundant);
}

}  // namespace sluice::lists
