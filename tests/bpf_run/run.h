// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: a test with a filter of its own, and the expectation of one frame's
// fate, which is always verdict and counter together.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "daemon/base/address.h"
#include "daemon/base/clock.h"
#include "tests/support/filter.h"
#include "tests/support/packet.h"
#include "tests/support/skip.h"

namespace sluice::test {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

inline constexpr std::uint64_t kHour = 3'600'000'000'000;  // nanoseconds

// The sources that tests block.
inline constexpr const char* kBlocked = "192.0.2.66";
inline constexpr const char* kBlockedV6 = "2001:db8:66::1";

inline std::uint64_t in_an_hour() {
  return kernel_now().ns + kHour;
}
inline std::uint64_t just_now() {
  return kernel_now().ns;
}

inline Prefix prefix(const std::string& text) {
  return Prefix::parse(text).value();
}

inline std::uint32_t verdict_of(sluice_reason reason) {
  return reason >= SLUICE_DROP_DECISION ? XDP_DROP : XDP_PASS;
}

class RunTest : public testing::Test {
 protected:
  void SetUp() override { SLUICE_SKIP_UNLESS_ROOT(); }
};

// Runs the frame once: the verdict is the reason's, its counter grew by this frame, and no other counter
// grew.
inline void expect_fate(const Filter& filter, const Bytes& frame, sluice_reason reason,
                        const std::string& what = "") {
  const auto before = filter.counters();
  const Filter::Outcome outcome = filter.run(frame);
  EXPECT_EQ(outcome.verdict, verdict_of(reason)) << what;
  const auto after = filter.counters();
  for (std::uint32_t each = 0; each < after.size(); ++each) {
    EXPECT_EQ(after[each].packets - before[each].packets, each == reason ? 1u : 0u)
        << what << " reason " << each;
    EXPECT_EQ(after[each].bytes - before[each].bytes, each == reason ? outcome.bytes : 0u)
        << what << " reason " << each;
  }
}

}  // namespace sluice::test
