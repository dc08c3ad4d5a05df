// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/history/hyper_log_log.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace sluice::detection {
namespace {

// Both sums end where a term no longer changes them, after at most some sixty.
double sigma(double share_empty) {
  if (share_empty >= 1) return std::numeric_limits<double>::infinity();
  double power = share_empty;
  double factor = 1;
  double sum = share_empty;
  for (double before = -1; sum != before;) {
    before = sum;
    power *= power;
    sum += power * factor;
    factor += factor;
  }
  return sum;
}

double tau(double share_not_full) {
  if (share_not_full <= 0 || share_not_full >= 1) return 0;
  double root = share_not_full;
  double factor = 1;
  double sum = 1 - share_not_full;
  for (double before = -1; sum != before;) {
    before = sum;
    root = std::sqrt(root);
    factor /= 2;
    sum -= (1 - root) * (1 - root) * factor;
  }
  return sum / 3;
}

}  // namespace

bool HyperLogLog::add(std::uint64_t hash) {
  const std::uint64_t rest = hash << kIndexBits;
  const auto rank = rest == 0 ? kMostRank : static_cast<unsigned>(std::countl_zero(rest)) + 1;
  std::uint8_t& kept = registers_[static_cast<std::size_t>(hash >> (64 - kIndexBits))];
  if (rank <= kept) return false;
  kept = static_cast<std::uint8_t>(std::min(rank, kMostRank));
  return true;
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (std::size_t i = 0; i < kRegisters; ++i)
    registers_[i] = std::max(registers_[i], other.registers_[i]);
}

double HyperLogLog::estimate() const {
  constexpr auto kCount = static_cast<double>(kRegisters);
  std::array<unsigned, kMostRank + 1> of_rank{};
  for (const std::uint8_t rank : registers_)
    ++of_rank[rank];
  double sum = kCount * tau(1 - of_rank[kMostRank] / kCount);
  for (unsigned rank = kMostRank - 1; rank >= 1; --rank)
    sum = (sum + of_rank[rank]) / 2;
  sum += kCount * sigma(of_rank[0] / kCount);
  return kCount * kCount / (2 * std::numbers::ln2 * sum);
}

std::string_view HyperLogLog::bytes() const {
  return {reinterpret_cast<const char*>(registers_.data()), registers_.size()};
}

std::optional<HyperLogLog> HyperLogLog::from_bytes(std::string_view bytes) {
  if (bytes.size() != kRegisters) return std::nullopt;
  HyperLogLog counter;
  for (std::size_t i = 0; i < kRegisters; ++i) {
    counter.registers_[i] = static_cast<std::uint8_t>(bytes[i]);
    if (counter.registers_[i] > kMostRank) return std::nullopt;
  }
  return counter;
}

}  // namespace sluice::detection
