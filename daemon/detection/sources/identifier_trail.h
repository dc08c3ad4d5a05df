// SPDX-License-Identifier: Apache-2.0
// The numbers in the subjects that one source asked for, in the order of the requests, a trail for each
// route. Part of SourceProfile; read by the heuristics about order and groups.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

// The identifiers that a source asked for on one route, in order, whether they exist or not. Twelve bytes
// each.
class IdentifierTrail {
 public:
  static constexpr std::size_t kLength = 64;
  static constexpr LogSecond kWindowSeconds = 86'400;  // older ones no longer count

  struct Step {
    std::uint64_t identifier = 0;
    std::uint32_t second = 0;
    bool found = false;  // answered otherwise than 404 or 410
  };

  IdentifierTrail() = default;  // of no route: nothing is added to it
  explicit IdentifierTrail(int route) : route_(static_cast<std::int16_t>(route)) {}

  // `identifier`: as identifier_of() finds it, less than 10^18.
  void add(std::uint64_t identifier, LogSecond second, bool found);
  [[nodiscard]] int route() const { return route_; }
  [[nodiscard]] std::size_t size() const { return size_; }      // remembered, of whatever age
  [[nodiscard]] std::uint32_t added() const { return added_; }  // forgotten ones included
  // The trail must not be empty.
  [[nodiscard]] Step newest() const { return ring_[(oldest_ + size_ - 1U) % size_].step(); }
  // The steps of the last day, oldest first; at most kLength.
  [[nodiscard]] std::vector<Step> steps(LogSecond now) const;

 private:
  struct Packed {
    std::uint32_t low = 0;  // of the identifier
    std::uint32_t high : 31 = 0;
    std::uint32_t found : 1 = 0;
    std::uint32_t second = 0;
    [[nodiscard]] Step step() const { return {std::uint64_t{high} << 32U | low, second, found != 0}; }
  };
  static_assert(sizeof(Packed) == 12);

  void grow();

  std::unique_ptr<Packed[]> ring_;  // a vector takes 16 bytes more
  std::uint32_t added_ = 0;
  std::int16_t route_ = RouteMatch::kNone;
  std::uint8_t size_ = 0;
  std::uint8_t oldest_ = 0;
  std::uint8_t capacity_ = 0;
};

// One trail for each route with numbers that the source asked for, up to kMost. The first is stored in place,
// since few sources have two.
class TrailSet {
 public:
  static constexpr std::size_t kMost = 4;

  // The trail of a route, made if it is missing; null: there is no room for another.
  [[nodiscard]] IdentifierTrail* of(int route);
  [[nodiscard]] const IdentifierTrail* find(int route) const;

  [[nodiscard]] std::size_t size() const;
  // `index` below size().
  [[nodiscard]] const IdentifierTrail& operator[](std::size_t index) const {
    return index == 0 ? first_ : (*others_)[index - 1];
  }

 private:
  IdentifierTrail first_;
  std::unique_ptr<std::array<IdentifierTrail, kMost - 1>> others_;
};

// The number in a subject: its last run of 1 to 18 digits ("anna-0042.html" is 42).
[[nodiscard]] bool identifier_of(std::string_view subject, std::uint64_t& identifier);

}  // namespace sluice::detection
