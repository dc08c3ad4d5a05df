// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/identifier_trail.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::detection {
namespace {

// The first size of a ring. 4n + 2 steps of twelve bytes fill a heap block of glibc, which has 16k - 8 bytes.
constexpr std::size_t kFirstSteps = 2;

}  // namespace

void IdentifierTrail::add(std::uint64_t identifier, LogSecond second, bool found) {
  // An identifier that was asked for lately (a reload, the second part of a page) is not a new step.
  Packed step;
  step.low = static_cast<std::uint32_t>(identifier);
  step.high = static_cast<std::uint32_t>(identifier >> 32U) & 0x7fffffffU;
  step.found = found ? 1 : 0;
  step.second = static_cast<std::uint32_t>(second);
  for (std::size_t i = 0; i < size_; ++i) {
    if (ring_[i].low == step.low && ring_[i].high == step.high) return;
  }
  ++added_;
  if (size_ < kLength) {
    if (size_ == capacity_) grow();
    ring_[size_++] = step;
    return;
  }
  ring_[oldest_] = step;
  oldest_ = static_cast<std::uint8_t>((oldest_ + 1U) % kLength);
}

void IdentifierTrail::grow() {
  const std::size_t more = std::max<std::size_t>(4, capacity_ / 8U * 4U);
  const std::size_t capacity = capacity_ == 0 ? kFirstSteps : std::min(kLength, capacity_ + more);
  auto larger = std::make_unique<Packed[]>(capacity);
  std::copy_n(ring_.get(), size_, larger.get());
  ring_ = std::move(larger);
  capacity_ = static_cast<std::uint8_t>(capacity);
}

std::vector<IdentifierTrail::Step> IdentifierTrail::steps(LogSecond now) const {
  std::vector<Step> steps;
  steps.reserve(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const Step step = ring_[(oldest_ + i) % size_].step();
    if (LogSecond{step.second} > now - kWindowSeconds) steps.push_back(step);
  }
  return steps;
}

IdentifierTrail* TrailSet::of(int route) {
  if (first_.route() == RouteMatch::kNone) first_ = IdentifierTrail(route);
  if (first_.route() == route) return &first_;
  if (!others_) others_ = std::make_unique<std::array<IdentifierTrail, kMost - 1>>();
  for (IdentifierTrail& trail : *others_) {
    if (trail.route() == RouteMatch::kNone) trail = IdentifierTrail(route);
    if (trail.route() == route) return &trail;
  }
  return nullptr;
}

const IdentifierTrail* TrailSet::find(int route) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if ((*this)[i].route() == route) return &(*this)[i];
  }
  return nullptr;
}

std::size_t TrailSet::size() const {
  if (first_.route() == RouteMatch::kNone) return 0;
  std::size_t size = 1;
  while (others_ && size < kMost && (*others_)[size - 1].route() != RouteMatch::kNone)
    ++size;
  return size;
}

bool identifier_of(std::string_view subject, std::uint64_t& identifier) {
  const auto last = subject.find_last_of("0123456789");
  if (last == std::string_view::npos) return false;
  const auto before = subject.find_last_not_of("0123456789", last);
  const auto first = before == std::string_view::npos ? 0 : before + 1;
  if (last - first >= 18) return false;
  return std::from_chars(subject.data() + first, subject.data() + last + 1, identifier).ec == std::errc();
}

}  // namespace sluice::detection
