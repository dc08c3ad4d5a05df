// SPDX-License-Identifier: Apache-2.0
// The throttle against the kernel's own clock: a flood gets exactly its burst and its rate. (tests/bpf_host
// tries the arithmetic against simulated time.)
#include <thread>
#include <vector>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using ThrottleTest = RunTest;

const Prefix kSource = Prefix::parse("203.0.113.10").value();
const Bytes kThrottledFrame = (Ethernet{} / Ipv4{.source = "203.0.113.10"} / Tcp{}).bytes();

TEST_F(ThrottleTest, TheBurstIsExact) {
  const Filter filter;
  filter.put(Table::decisions, kSource, throttle_until(in_an_hour(), 1, 30));
  filter.run(kThrottledFrame, 100);
  EXPECT_EQ(filter.counters()[SLUICE_PASS_WITHIN_RATE].packets, 30u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_OVER_RATE].packets, 70u);
  EXPECT_EQ(filter.get(Table::decisions, kSource).packets, 70u) << "charged with what was dropped";
  EXPECT_EQ(filter.get(Table::decisions, kSource).bytes, 70 * kThrottledFrame.size());
}

// One call: between two the kernel does other work for milliseconds, in which the credit of a small burst is
// lost.
constexpr std::uint32_t kFlood = 5'000'000;

struct Time {
  double running;  // seconds in which the filter ran
  double all;      // and those in which something else had its CPU, or the call began and ended
};

Time flood(const Filter& filter) {
  const std::uint64_t start = kernel_now().ns;
  const double running = filter.run(kThrottledFrame, kFlood).ns * 1e-9 * kFlood;
  return {running, static_cast<double>(kernel_now().ns - start) * 1e-9};
}

// Three percent around the rate; between the two times lies how busy the machine is with other things.
void expect_rate(const Filter& filter, double rate, double burst, Time time) {
  const auto counters = filter.counters();
  const auto passed = static_cast<double>(counters[SLUICE_PASS_WITHIN_RATE].packets);
  EXPECT_LE(passed, 1 + 1.03 * (burst + rate * time.all)) << rate << " a second, burst " << burst;
  EXPECT_GE(passed, 0.97 * (burst + rate * time.running) - 1) << rate << " a second, burst " << burst;
}

TEST_F(ThrottleTest, TheRateIsExactWithinThreePercent) {
  for (const auto& [rate, burst] :
       {std::pair{10u, 30u}, {1000u, 100u}, {20'000u, 2000u}, {100'000u, 10'000u}}) {
    const Filter filter;
    filter.put(Table::decisions, kSource, throttle_until(in_an_hour(), rate, burst));
    expect_rate(filter, rate, burst, flood(filter));
    const auto counters = filter.counters();
    EXPECT_EQ(counters[SLUICE_PASS_WITHIN_RATE].packets + counters[SLUICE_DROP_OVER_RATE].packets, kFlood);
  }
}

// Two CPUs move the same arrival time at once, and not one packet of the burst is given twice.
TEST_F(ThrottleTest, TheBurstIsExactAcrossCpus) {
  if (std::thread::hardware_concurrency() < 2) SLUICE_SKIP("one CPU: nothing runs at the same time");
  const Filter filter;
  sluice_decision hourly = throttle_until(in_an_hour(), 1, 1'000'000);
  hourly.interval_ns *= 3'600;
  hourly.tolerance_ns *= 3'600;
  filter.put(Table::decisions, kSource, hourly);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 2; ++i)
      threads.emplace_back([&] { filter.run(kThrottledFrame, 1'000'000); });
  }
  EXPECT_EQ(filter.counters()[SLUICE_PASS_WITHIN_RATE].packets, 1'000'000u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_OVER_RATE].packets, 1'000'000u);
}

}  // namespace
}  // namespace sluice::test
