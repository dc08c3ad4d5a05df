// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/near_bits.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "daemon/kernel/wire_address.h"

namespace sluice::kernel {
namespace {

constexpr std::uint8_t kMost = std::numeric_limits<std::uint8_t>::max();

}  // namespace

std::uint64_t NearBits::index_of(const Prefix& source) const {
  const bool is_v4 = source.family() == Family::ipv4;
  const unsigned length = std::min<unsigned>(source.length(), is_v4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6);
  const std::uint64_t high = to_halves(Prefix(source.address(), length).address()).high;
  const std::uint64_t hash = sluice_near_hash(seed_, is_v4 ? SLUICE_IPV4 : SLUICE_IPV6, high, length);
  return hash & (lines_.size() * 512 - 1);
}

void NearBits::add(const Prefix& source) {
  const std::uint64_t index = index_of(source);
  if (counts_[index] < kMost) ++counts_[index];
  std::atomic_ref(word(index)).fetch_or(__u64{1} << (index % 64));
}

void NearBits::remove(const Prefix& source) {
  const std::uint64_t index = index_of(source);
  if (counts_[index] == kMost || counts_[index] == 0) return;
  if (--counts_[index] == 0) std::atomic_ref(word(index)).fetch_and(~(__u64{1} << (index % 64)));
}

void NearBits::settle() {
  for (std::uint64_t first = 0; first < counts_.size(); first += 64) {
    __u64 needed = 0;
    for (unsigned bit = 0; bit < 64; ++bit)
      needed |= __u64{counts_[first + bit] != 0} << bit;
    std::atomic_ref(word(first)).store(needed);
  }
}

}  // namespace sluice::kernel
