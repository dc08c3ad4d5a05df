// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/proximity_filter.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "bpf/hash.h"
#include "daemon/kernel/maps/wire_address.h"

namespace sluice::kernel {
namespace {

constexpr std::uint8_t kMaxCount = std::numeric_limits<std::uint8_t>::max();

}  // namespace

std::uint64_t ProximityFilter::index_of(const Prefix& source) const {
  const bool is_v4 = source.family() == Family::ipv4;
  const unsigned length = std::min<unsigned>(source.length(), is_v4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6);
  const std::uint64_t high = to_halves(Prefix(source.address(), length).address()).high;
  const std::uint64_t hash = sluice_near_hash(seed_, is_v4 ? SLUICE_IPV4 : SLUICE_IPV6, high, length);
  const std::uint64_t line = sluice_near_line(hash, static_cast<std::uint32_t>(lines_.size()));
  return line * 512 + sluice_near_word(hash) * 64 + sluice_near_place(hash);
}

ProximityFilter::Areas ProximityFilter::areas_of(const Prefix& source) {
  const bool is_v4 = source.family() == Family::ipv4;
  const std::span<__u64> words(is_v4 ? areas_.v4 : areas_.v6);
  const auto counts = std::span(area_counts_).subspan(is_v4 ? 0 : kAreas, kAreas);
  if (source.length() >= (is_v4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6)) return {words, counts, 0, 0};
  const std::size_t covered = source.length() < 16 ? std::size_t{1} << (16 - source.length()) : 1;
  return {words, counts, to_halves(source.address()).high >> 48U, covered};
}

void ProximityFilter::add(const Prefix& source) {
  const std::uint64_t index = index_of(source);
  if (counts_[index] < kMaxCount) ++counts_[index];
  std::atomic_ref(word(index)).fetch_or(__u64{1} << (index % 64));
  // Last, because the program asks for this bit first.
  const Areas areas = areas_of(source);
  for (std::size_t area = areas.first; area < areas.first + areas.count; ++area) {
    if (areas.counts[area] < kMaxCount) ++areas.counts[area];
    std::atomic_ref(areas.words[area / 64]).fetch_or(__u64{1} << (area % 64));
  }
}

void ProximityFilter::remove(const Prefix& source) {
  const Areas areas = areas_of(source);
  for (std::size_t area = areas.first; area < areas.first + areas.count; ++area) {
    if (areas.counts[area] == kMaxCount || areas.counts[area] == 0) continue;
    if (--areas.counts[area] == 0)
      std::atomic_ref(areas.words[area / 64]).fetch_and(~(__u64{1} << (area % 64)));
  }
  const std::uint64_t index = index_of(source);
  if (counts_[index] == kMaxCount || counts_[index] == 0) return;
  if (--counts_[index] == 0) std::atomic_ref(word(index)).fetch_and(~(__u64{1} << (index % 64)));
}

void ProximityFilter::clear_unneeded() {
  const auto needed = [](std::span<const std::uint8_t> counts) {
    __u64 bits = 0;
    for (unsigned bit = 0; bit < 64; ++bit)
      bits |= __u64{counts[bit] != 0} << bit;
    return bits;
  };
  for (std::uint64_t first = 0; first < counts_.size(); first += 64)
    std::atomic_ref(word(first)).store(needed(std::span(counts_).subspan(first, 64)));
  for (std::size_t area = 0; area < kAreas; area += 64) {
    const auto counts = std::span(area_counts_);
    std::atomic_ref(areas_.v4[area / 64]).store(needed(counts.subspan(area, 64)));
    std::atomic_ref(areas_.v6[area / 64]).store(needed(counts.subspan(kAreas + area, 64)));
  }
}

}  // namespace sluice::kernel
