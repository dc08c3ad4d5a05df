// SPDX-License-Identifier: Apache-2.0
// The numbers in the subjects that one source asked for on one route, in their order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/pipeline/log_second.h"

namespace sluice::pipeline {

// The identifiers that a source asked for on one route, in order, whether they exist or not.
class IdentifierTrail {
 public:
  static constexpr std::size_t kLength = 64;
  static constexpr LogSecond kWindowSeconds = 86'400;  // older ones no longer speak

  struct Step {
    std::uint64_t identifier = 0;
    std::uint32_t second = 0;
    bool found = false;  // answered otherwise than 404 or 410
  };

  explicit IdentifierTrail(int route) : route_(route) {}

  void add(std::uint64_t identifier, LogSecond second, bool found);
  [[nodiscard]] int route() const { return route_; }
  [[nodiscard]] std::size_t size() const { return ring_.size(); }  // remembered, of whatever age
  [[nodiscard]] std::uint32_t added() const { return added_; }     // steps, those among them that it forgot
  // Of a trail that is not empty.
  [[nodiscard]] const Step& newest() const { return ring_[(oldest_ + ring_.size() - 1) % ring_.size()]; }
  // The steps of the last day, oldest first; at most kLength.
  [[nodiscard]] std::vector<Step> steps(LogSecond now) const;

 private:
  int route_;
  std::uint32_t oldest_ = 0;
  std::uint32_t added_ = 0;
  std::vector<Step> ring_;
};

// The number in a subject: its last run of 1 to 18 digits ("anna-0042.html" is 42).
[[nodiscard]] bool identifier_of(std::string_view subject, std::uint64_t& identifier);

}  // namespace sluice::pipeline
