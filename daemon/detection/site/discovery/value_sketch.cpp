// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/value_sketch.h"

#include <algorithm>
#include <iterator>

namespace sluice::detection {

bool ValueSketch::add(std::uint32_t hash) {
  const bool is_full = hashes_.size() >= most_;
  if (is_full && hash >= hashes_.back()) return false;
  const auto at = std::ranges::lower_bound(hashes_, hash);
  if (at != hashes_.end() && *at == hash) return false;
  const auto place = at - hashes_.begin();
  if (is_full) hashes_.pop_back();
  hashes_.insert(hashes_.begin() + place, hash);
  return true;
}

void ValueSketch::merge(const ValueSketch& other) {
  std::vector<std::uint32_t> both;
  both.reserve(hashes_.size() + other.hashes_.size());
  std::ranges::set_union(hashes_, other.hashes_, std::back_inserter(both));
  if (both.size() > most_) both.resize(most_);
  both.shrink_to_fit();
  hashes_ = std::move(both);
}

void ValueSketch::shift(std::uint32_t number) {
  for (std::uint32_t& hash : hashes_)
    hash += number;
  std::ranges::sort(hashes_);
}

double ValueSketch::estimate() const {
  const auto kept = static_cast<double>(hashes_.size());
  if (is_exact()) return kept;
  // The k-th smallest of n uniform numbers stands at about k/n of their range.
  constexpr double kRange = 4294967296.0;
  return std::max(kept, (kept - 1) * kRange / std::max(1.0, static_cast<double>(hashes_.back())));
}

double overlap(const ValueSketch& a, const ValueSketch& b) {
  if (a.empty() || b.empty()) return 0;
  // Below the lower limit both sketches are complete.
  const std::uint32_t limit = std::min(a.limit(), b.limit());
  std::size_t in_both = 0;
  std::size_t in_either = 0;
  auto left = a.hashes_.begin();
  auto right = b.hashes_.begin();
  while (left != a.hashes_.end() || right != b.hashes_.end()) {
    const bool take_left = right == b.hashes_.end() || (left != a.hashes_.end() && *left <= *right);
    const bool take_right = left == a.hashes_.end() || (right != b.hashes_.end() && *right <= *left);
    if ((take_left ? *left : *right) > limit) break;
    ++in_either;
    if (take_left && take_right) ++in_both;
    if (take_left) ++left;
    if (take_right) ++right;
  }
  if (in_either == 0) return 0;
  const double smaller = std::min(a.estimate(), b.estimate());
  const double jaccard = static_cast<double>(in_both) / static_cast<double>(in_either);
  // |A and B| = J |A or B| = J (|A| + |B|) / (1 + J).
  const double common = jaccard * (a.estimate() + b.estimate()) / (1 + jaccard);
  return std::min(1.0, common / smaller);
}

}  // namespace sluice::detection
