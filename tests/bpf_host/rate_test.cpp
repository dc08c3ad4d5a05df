// SPDX-License-Identifier: Apache-2.0
// The throttle's arithmetic against simulated time: exact rates and bursts, idle gaps, extremes, clocks that
// step back.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "bpf/rate.bpf.h"

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

class Gate {
 public:
  Gate(std::uint64_t packets_per_second, std::uint64_t burst)
      : interval_ns_(kSecond / packets_per_second), tolerance_ns_((burst - 1) * interval_ns_) {}

  bool admit(std::uint64_t now_ns) {
    const rate_answer answer = rate_admit(tat_ns_, now_ns, interval_ns_, tolerance_ns_);
    tat_ns_ = answer.tat_ns;
    return answer.conforms != 0;
  }
  std::uint64_t admit_at_once(std::uint64_t now_ns, std::uint64_t packets) {
    std::uint64_t admitted = 0;
    for (std::uint64_t i = 0; i < packets; ++i)
      admitted += admit(now_ns);
    return admitted;
  }

 private:
  std::uint64_t tat_ns_ = 0;
  std::uint64_t interval_ns_;
  std::uint64_t tolerance_ns_;
};

struct Setting {
  std::uint64_t rate;
  std::uint64_t burst;
};

class RateTest : public testing::TestWithParam<Setting> {};

// One that nearly always has a packet waiting gets the burst and then the rate, to within one percent and one
// packet. The rate is watched over a second, or over 20,000 packets where those come sooner.
TEST_P(RateTest, IsExact) {
  const auto [rate, burst] = GetParam();
  Gate gate(rate, burst);
  const std::uint64_t interval = kSecond / rate;
  const std::uint64_t length = std::min(kSecond, 20'000 * interval);
  std::uint64_t admitted = gate.admit_at_once(kSecond, burst + 10);
  EXPECT_EQ(admitted, burst);
  for (std::uint64_t now = kSecond; now < kSecond + length; now += interval / 200)
    admitted += gate.admit(now);
  const auto expected = static_cast<double>(burst + length / interval);
  EXPECT_NEAR(static_cast<double>(admitted), expected, 1 + 0.01 * expected);
}

// No window of any length holds more than burst + length * rate.
TEST_P(RateTest, NeverExceedsTheBoundInAnyWindow) {
  const auto [rate, burst] = GetParam();
  Gate gate(rate, burst);
  const std::uint64_t interval = kSecond / rate;
  std::vector<std::uint64_t> admitted;
  // Uneven arrivals: crowds, then gaps.
  std::uint64_t now = kSecond;
  for (unsigned i = 0; i < 4000; ++i) {
    now += i % 50 == 0 ? interval * (i % 7) : interval / 9;
    if (gate.admit(now)) admitted.push_back(now);
  }
  ASSERT_GT(admitted.size(), 100u);
  for (std::size_t first = 0; first < admitted.size(); ++first)
    for (std::size_t last = first; last < std::min(admitted.size(), first + 200); ++last)
      ASSERT_LE(last - first + 1, burst + (admitted[last] - admitted[first]) / interval);
}

TEST_P(RateTest, AfterALongIdleTimeThereIsOneBurstAndNoMore) {
  const auto [rate, burst] = GetParam();
  Gate gate(rate, burst);
  EXPECT_EQ(gate.admit_at_once(kSecond, burst * 3), burst);
  EXPECT_EQ(gate.admit_at_once(kSecond * 86'400 * 365, burst * 3), burst);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateTest,
                         testing::Values(Setting{1, 1}, Setting{1, 30}, Setting{10, 1}, Setting{10, 30},
                                         Setting{333, 7}, Setting{1000, 1000}, Setting{99'999, 50},
                                         Setting{1'000'000, 1}),
                         [](const auto& setting) {
                           return std::to_string(setting.param.rate) + "_burst_" +
                                  std::to_string(setting.param.burst);
                         });

TEST(RateAdmit, APacketOverTheRateChangesNothing) {
  const rate_answer answer = rate_admit(5000, 1000, 100, 3999);
  EXPECT_EQ(answer.conforms, 0u);
  EXPECT_EQ(answer.tat_ns, 5000u);
  EXPECT_EQ(rate_admit(5000, 1000, 100, 4000).conforms, 1u) << "exactly at the tolerance it conforms";
}

TEST(RateAdmit, AClockThatStepsBackCostsNoMoreThanTheStep) {
  Gate gate(1000, 1);
  EXPECT_TRUE(gate.admit(kSecond));
  EXPECT_FALSE(gate.admit(kSecond - 500));
  EXPECT_FALSE(gate.admit(kSecond + 999'999));
  EXPECT_TRUE(gate.admit(kSecond + 1'000'000)) << "the step back left no trace";
}

TEST(RateAdmit, ABurstAbsorbsASmallStepBack) {
  Gate gate(1000, 3);
  EXPECT_TRUE(gate.admit(kSecond));
  EXPECT_TRUE(gate.admit(kSecond - 500));
}

TEST(RateAdmit, ExtremesNeitherOverflowNorFreeASource) {
  EXPECT_EQ(rate_admit(0, 0, 1, 0).conforms, 1u);
  EXPECT_EQ(rate_admit(0, kMax, 1, 0).tat_ns, kMax) << "stops at the largest time";
  EXPECT_EQ(rate_admit(0, 1, kMax, 0).tat_ns, kMax);
  EXPECT_EQ(rate_admit(kMax, 1, kMax, kMax).conforms, 1u);
  EXPECT_EQ(rate_admit(kMax, 1, kMax, kMax).tat_ns, kMax);
  EXPECT_EQ(rate_admit(kMax, 1, 1, kMax - 2).conforms, 0u);
  EXPECT_EQ(rate_admit(kMax, kMax, kMax, 0).conforms, 1u);
}

}  // namespace
