// SPDX-License-Identifier: Apache-2.0
// How many of the pages that the site served show people, as far as the routes know. Kept by the detector;
// the health check, the status, replay and the metrics say it: routes that match nothing protect nobody. A
// page that shows nobody, because a route says so, does not count.
#pragma once

#include <cstdint>

#include "daemon/detection/site/routes.h"

namespace sluice::detection {

class RouteCoverage {
 public:
  // Fewer pages say nothing about the site.
  static constexpr std::uint64_t kEnough = 200;

  // Counts a page or an answer that was served.
  void note(const RouteMatch& match) {
    if (match.shows_nobody()) return;
    const bool covered = match.is_covered();
    ++(covered ? covered_ : uncovered_);
    ++(covered ? lately_covered_ : lately_uncovered_);
    if (lately_covered_ + lately_uncovered_ < kHalveAt) return;
    lately_covered_ /= 2;
    lately_uncovered_ /= 2;
  }

  // Ever since the routes are as they are.
  [[nodiscard]] std::uint64_t covered() const {
    return covered_;
  }  // a route, or the application, says whom it shows
  [[nodiscard]] std::uint64_t uncovered() const { return uncovered_; }  // pages of no route
  [[nodiscard]] bool nothing_matches() const { return covered_ == 0 && uncovered_ >= kEnough; }
  // Whether the default routes turned out to be those of the site. A scraper cannot claim it by asking for
  // pages that others do not ask for.
  [[nodiscard]] bool routes_are_used() const {
    constexpr std::uint64_t kLeast = 20;
    constexpr std::uint64_t kShare = 10;
    return lately_covered_ >= kLeast && lately_covered_ * kShare >= lately_uncovered_;
  }

 private:
  static constexpr std::uint64_t kHalveAt = 20'000;

  std::uint64_t covered_ = 0;
  std::uint64_t uncovered_ = 0;
  std::uint64_t lately_covered_ = 0;
  std::uint64_t lately_uncovered_ = 0;
};

}  // namespace sluice::detection
