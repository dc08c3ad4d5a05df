// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/identifier_trail.h"

#include <charconv>

namespace sluice::pipeline {

void IdentifierTrail::add(std::uint64_t identifier, LogSecond second, bool found) {
  // Asking again for what was asked lately (a reload, a page's second part) is no step.
  for (const Step& step : ring_) {
    if (step.identifier == identifier) return;
  }
  ++added_;
  const Step step{identifier, static_cast<std::uint32_t>(second), found};
  if (ring_.size() < kLength) {
    ring_.push_back(step);
    return;
  }
  ring_[oldest_] = step;
  oldest_ = (oldest_ + 1) % kLength;
}

std::vector<IdentifierTrail::Step> IdentifierTrail::steps(LogSecond now) const {
  std::vector<Step> steps;
  steps.reserve(ring_.size());
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const Step& step = ring_[(oldest_ + i) % ring_.size()];
    if (LogSecond{step.second} > now - kWindowSeconds) steps.push_back(step);
  }
  return steps;
}

bool identifier_of(std::string_view subject, std::uint64_t& identifier) {
  const auto last = subject.find_last_of("0123456789");
  if (last == std::string_view::npos) return false;
  const auto before = subject.find_last_not_of("0123456789", last);
  const auto first = before == std::string_view::npos ? 0 : before + 1;
  if (last - first >= 18) return false;
  return std::from_chars(subject.data() + first, subject.data() + last + 1, identifier).ec == std::errc();
}

}  // namespace sluice::pipeline
