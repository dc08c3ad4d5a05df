// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/image/precedence.h"

#include <algorithm>
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

// The same questions to an entry of either family.
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

// Sorted entries are a forest, walked from the roots down: the kept entries that enclose the one at hand are
// a stack, and each of them counts more than those below it.
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

void drop_redundant(std::vector<EntryV4>& entries, const Ranks& ranks, CountByList& redundant) {
  drop_redundant_of(entries, ranks, redundant);
}

void drop_redundant(std::vector<EntryV6>& entries, const Ranks& ranks, CountByList& redundant) {
  drop_redundant_of(entries, ranks, redundant);
}

}  // namespace sluice::lists
