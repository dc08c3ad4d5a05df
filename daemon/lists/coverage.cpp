// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/coverage.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace sluice::lists {
namespace {

constexpr double kPublicBlocksV4 = 223 - 2;  // of a /8: 1 to 223 without 10 and 127
constexpr int kPublicLengthV6 = 3;           // 2000::/3

bool comes_first(EntryV4 a, EntryV4 b) {
  return a < b;
}
bool comes_first(const EntryV6& a, const EntryV6& b) {
  return std::tie(a.high, a.low, a.length) < std::tie(b.high, b.low, b.length);
}

bool is_inside(EntryV4 inner, EntryV4 outer) {
  return length_of(inner) >= length_of(outer) &&
         ((network_of(inner) ^ network_of(outer)) & mask_v4(length_of(outer))) == 0;
}
bool is_inside(const EntryV6& inner, const EntryV6& outer) {
  return inner.length >= outer.length && ((inner.high ^ outer.high) & mask_high(outer.length)) == 0 &&
         ((inner.low ^ outer.low) & mask_low(outer.length)) == 0;
}

// The share of all addresses of the family.
double size_of(EntryV4 entry) {
  return std::ldexp(1.0, -static_cast<int>(length_of(entry)));
}
double size_of(const EntryV6& entry) {
  return std::ldexp(1.0, -static_cast<int>(entry.length));
}

// The share of all public addresses. An entry wider than a /8 is not in force, so that none is partly public.
double public_share(EntryV4 entry) {
  const std::uint32_t block = network_of(entry) >> 24U;
  if (block == 0 || block == 10 || block == 127 || block > 223) return 0;
  return size_of(entry) * 256 / kPublicBlocksV4;
}
double public_share(const EntryV6& entry) {
  return entry.high >> 61U == 1 ? std::ldexp(size_of(entry), kPublicLengthV6) : 0;
}

// Adds up the entries of two sorted lists that lie in no other entry of them.
template <class Entry, class Size>
double sum_of_outermost(std::span<const Entry> a, std::span<const Entry> b, Size size) {
  double sum = 0;
  const Entry* outer = nullptr;
  while (!a.empty() || !b.empty()) {
    auto& from = b.empty() || (!a.empty() && comes_first(a.front(), b.front())) ? a : b;
    if (outer == nullptr || !is_inside(from.front(), *outer)) {
      outer = &from.front();
      sum += size(*outer);
    }
    from = from.subspan(1);
  }
  return sum;
}

template <class Entry>
double sum_of_public(const std::vector<Entry>& a, const std::vector<Entry>& b) {
  return sum_of_outermost<Entry>(a, b, [](const Entry& entry) { return public_share(entry); });
}

EntryV4 cut(EntryV4 entry, unsigned length) {
  return make_entry_v4(network_of(entry) & mask_v4(length), length, 0);
}
EntryV6 cut(const EntryV6& entry, unsigned length) {
  return {entry.high & mask_high(length), entry.low & mask_low(length), static_cast<std::uint8_t>(length), 0};
}
unsigned bits_of(EntryV4 entry) {
  return length_of(entry);
}
unsigned bits_of(const EntryV6& entry) {
  return entry.length;
}

template <class Entry>
auto first_from(const std::vector<Entry>& sorted, const Entry& entry) {
  return std::lower_bound(sorted.begin(), sorted.end(), entry,
                          [](const Entry& a, const Entry& b) { return comes_first(a, b); });
}

// By a look-up for each length, of which the entry is the longest.
template <class Entry>
bool is_held(const std::vector<Entry>& sorted, const Entry& entry) {
  for (unsigned length = 0; length <= bits_of(entry); ++length) {
    const Entry wanted = cut(entry, length);
    const auto at = first_from(sorted, wanted);
    if (at != sorted.end() && bits_of(*at) == length && is_inside(*at, wanted)) return true;
  }
  return false;
}

template <class Entry>
double share_of_family(const std::vector<Entry>& list, const std::vector<Entry>& networks) {
  double covered = 0;
  double all = 0;
  const Entry* outer = nullptr;
  const auto size = [](const Entry& entry) { return size_of(entry); };
  for (const Entry& network : networks) {
    if (outer != nullptr && is_inside(network, *outer)) continue;
    outer = &network;
    all += size(network);
    if (is_held(list, network)) {
      covered += size(network);
      continue;
    }
    const auto begin = first_from(list, cut(network, bits_of(network)));
    const auto end = std::find_if(begin, list.end(), [&](const Entry& e) { return !is_inside(e, network); });
    covered += sum_of_outermost<Entry>(std::span(begin, end), {}, size);
  }
  return all > 0 ? covered / all : 0;
}

}  // namespace

Coverage coverage_of(const Entries& sorted) {
  return {sum_of_public(sorted.v4, {}), sum_of_public(sorted.v6, {})};
}

Coverage newly_covered(const Entries& before, const Entries& now) {
  const Coverage covered = coverage_of(before);
  return {sum_of_public(before.v4, now.v4) - covered.v4, sum_of_public(before.v6, now.v6) - covered.v6};
}

Entries sorted_entries(std::span<const Prefix> networks) {
  Entries entries;
  for (const Prefix& network : networks)
    entries.add(network, 0);
  sort_entries(entries.v4);
  sort_entries(entries.v6);
  return entries;
}

bool holds(const Entries& sorted, const Prefix& network) {
  const Entries wanted = sorted_entries({&network, 1});
  return wanted.v4.empty() ? is_held(sorted.v6, wanted.v6.front()) : is_held(sorted.v4, wanted.v4.front());
}

double share_covered(const Entries& sorted, std::span<const Prefix> networks) {
  const Entries wanted = sorted_entries(networks);
  return std::max(share_of_family(sorted.v4, wanted.v4), share_of_family(sorted.v6, wanted.v6));
}

}  // namespace sluice::lists
