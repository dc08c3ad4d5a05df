// SPDX-License-Identifier: Apache-2.0
// Which of several entries decides, what each is charged, and that deadlines end them.
#include <chrono>
#include <vector>

#include "tests/bpf_run/run.h"

namespace sluice::test {
namespace {

using PrecedenceTest = RunTest;

const Bytes kFrame = (Ethernet{} / Ipv4{.source = "203.0.113.10"} / Tcp{}).bytes();
const Bytes kFrameV6 = (Ethernet{} / Ipv6{.source = "2001:db8:1:2:3:4:5:6"} / Tcp{}).bytes();

sluice_decision one_an_hour() {
  sluice_decision made = throttle_until(in_an_hour(), 1, 1);
  made.interval_ns *= 3'600;
  return made;
}

void expect_allow_wins(const std::string& source, const std::vector<unsigned>& lengths, const Bytes& frame) {
  const Address address = Address::parse(source).value();
  for (const unsigned allowed : lengths) {
    for (const unsigned blocked : lengths) {
      const std::string what = "allow /" + std::to_string(allowed) + ", block /" + std::to_string(blocked);
      const Filter filter;
      filter.put(Table::decisions, Prefix(address, blocked), drop_until(in_an_hour()));
      expect_fate(filter, frame, SLUICE_DROP_DECISION, what + ": not allowed yet");
      filter.put(Table::allow, Prefix(address, allowed), allow_until(kNever));
      expect_fate(filter, frame, SLUICE_PASS_ALLOWED, what);
      filter.put(Table::allow, Prefix(address, allowed), allow_until(just_now()));
      expect_fate(filter, frame, SLUICE_DROP_DECISION, what + ": allowed no longer");
    }
  }
}

TEST_F(PrecedenceTest, AllowBeatsBlockAtEveryPairOfLengths) {
  expect_allow_wins("203.0.113.10", {0, 8, 24, 32}, kFrame);
}

TEST_F(PrecedenceTest, AllowBeatsBlockAtEveryPairOfLengthsV6) {
  expect_allow_wins("2001:db8:1:2:3:4:5:6", {0, 32, 64, 128}, kFrameV6);
}

TEST_F(PrecedenceTest, ABlockBeatsAThrottleAtEitherLength) {
  for (const auto& [block, throttle] :
       {std::pair{"203.0.113.0/24", "203.0.113.10"}, {"203.0.113.10", "203.0.113.0/24"}}) {
    const Filter filter;
    filter.put(Table::decisions, prefix(throttle), one_an_hour());
    expect_fate(filter, kFrame, SLUICE_PASS_WITHIN_RATE);
    filter.put(Table::decisions, prefix(block), drop_until(in_an_hour()));
    expect_fate(filter, kFrame, SLUICE_DROP_DECISION, block);
  }
}

TEST_F(PrecedenceTest, TheSlowerOfTwoThrottlesDecidesAtEitherLength) {
  for (const auto& [slow, fast] :
       {std::pair{"203.0.113.0/24", "203.0.113.10"}, {"203.0.113.10", "203.0.113.0/24"}}) {
    const Filter filter;
    filter.put(Table::decisions, prefix(slow), one_an_hour());
    filter.put(Table::decisions, prefix(fast), throttle_until(in_an_hour(), 1'000'000, 1'000'000));
    expect_fate(filter, kFrame, SLUICE_PASS_WITHIN_RATE, slow);
    expect_fate(filter, kFrame, SLUICE_DROP_OVER_RATE, slow);
    EXPECT_EQ(filter.get(Table::decisions, prefix(slow)).packets, 1u)
        << "the drop is charged to the one that decided";
    EXPECT_EQ(filter.get(Table::decisions, prefix(fast)).packets, 0u);
  }
}

TEST_F(PrecedenceTest, AnExpiredEntryHidesNothing) {
  const Filter filter;
  filter.put(Table::decisions, prefix("203.0.113.10"), drop_until(just_now()));
  filter.put(Table::decisions, prefix("203.0.113.0/24"), one_an_hour());
  expect_fate(filter, kFrame, SLUICE_PASS_WITHIN_RATE, "an expired block before a live throttle");
  filter.put(Table::decisions, prefix("203.0.0.0/16"), drop_until(in_an_hour()));
  filter.put(Table::decisions, prefix("203.0.113.0/24"), throttle_until(just_now(), 1, 1));
  expect_fate(filter, kFrame, SLUICE_DROP_DECISION, "an expired throttle before a live block");
  filter.put(Table::decisions, prefix("203.0.0.0/16"), drop_until(just_now()));
  expect_fate(filter, kFrame, SLUICE_PASS_DEFAULT, "all expired");
}

TEST_F(PrecedenceTest, AnAllowWithADeadlineHoldsUntilThen) {
  const Filter filter;
  filter.put(Table::decisions, prefix("203.0.113.10"), drop_until(in_an_hour()));
  filter.put(Table::allow, prefix("203.0.113.10"), allow_until(in_an_hour()));
  expect_fate(filter, kFrame, SLUICE_PASS_ALLOWED);
}

// The clock is the kernel's: packets are sent until one passes, and none may pass before the deadline.
TEST_F(PrecedenceTest, TheDeadlineFreesTheSourceByItself) {
  const Filter filter;
  const std::uint64_t deadline = kernel_now().ns + 50'000'000;
  filter.put(Table::decisions, prefix("203.0.113.10"), drop_until(deadline));
  std::uint64_t dropped = 0;
  std::uint64_t before = 0;
  for (;;) {
    before = kernel_now().ns;
    if (filter.run(kFrame).verdict == XDP_PASS) break;
    ++dropped;
    ASSERT_LT(before, deadline) << "dropped after its deadline";
  }
  EXPECT_GE(kernel_now().ns, deadline) << "passed before its deadline";
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(filter.counters()[SLUICE_DROP_DECISION].packets, dropped);
  EXPECT_EQ(filter.counters()[SLUICE_PASS_DEFAULT].packets, 1u);
}

TEST_F(PrecedenceTest, EntriesAreChargedWhatTheyCost) {
  const Filter filter;
  filter.put(Table::decisions, prefix("203.0.113.10"), drop_until(in_an_hour()));
  filter.run(kFrame, 7);
  EXPECT_EQ(filter.get(Table::decisions, prefix("203.0.113.10")).packets, 7u);
  EXPECT_EQ(filter.get(Table::decisions, prefix("203.0.113.10")).bytes, 7 * kFrame.size());
  filter.put(Table::allow, prefix("203.0.113.0/24"), allow_until(kNever));
  filter.run(kFrame, 5);
  EXPECT_EQ(filter.get(Table::allow, prefix("203.0.113.0/24")).packets, 5u);
  EXPECT_EQ(filter.get(Table::allow, prefix("203.0.113.0/24")).bytes, 5 * kFrame.size());
  EXPECT_EQ(filter.get(Table::decisions, prefix("203.0.113.10")).packets, 7u)
      << "an allowed packet costs it nothing";
}

TEST_F(PrecedenceTest, AnActionThatADecisionCannotHavePasses) {
  const Filter filter;
  sluice_decision odd = drop_until(in_an_hour());
  odd.action = 7;
  filter.put(Table::decisions, prefix("203.0.113.10"), odd);
  expect_fate(filter, kFrame, SLUICE_PASS_DEFAULT);
  odd.action = SLUICE_DROP;
  filter.put(Table::decisions, prefix("203.0.113.10"), odd);
  expect_fate(filter, kFrame, SLUICE_DROP_DECISION);
}

}  // namespace
}  // namespace sluice::test
