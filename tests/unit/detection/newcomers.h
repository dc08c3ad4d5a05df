// SPDX-License-Identifier: Apache-2.0
// Accounts that come after Sluice has learned which accounts there are, for the tests of new accounts.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/unit/detection/crowd.h"

namespace sluice::detection::test {

inline constexpr double kLearned = 8 * kDay;  // an account that is first seen later is new

// The first request of all. The time in which Sluice learns who is there begins with it.
inline CrowdPage first_of_all() {
  return {.address = "192.0.2.1", .target = "/", .account = "the first", .loads = true};
}

// An account that looks at so many different profiles, one every so many seconds.
inline std::vector<CrowdPage> look_around(CrowdPage page, int profiles, double seconds) {
  std::vector<CrowdPage> pages;
  for (int i = 0; i < profiles; ++i) {
    page.target = profile(static_cast<std::uint64_t>(i) * 7919 % 100'003);
    pages.push_back(page);
    page.time += seconds;
  }
  return pages;
}

}  // namespace sluice::detection::test
