// SPDX-License-Identifier: Apache-2.0
// The ledger's mirror in the kernel, against real packets.
#include "daemon/kernel/maps/verdict_table.h"

#include <ctime>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using decisions::Action;
using decisions::Ending;
using Slot = decisions::Ledger::Slot;
using testing::HasSubstr;

class VerdictTableTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (!server_ || IsSkipped()) return;
    options_.max_decisions = 100'000;
    start();
  }

  // Attaches and takes the maps up as a daemon does at its start.
  void start() {
    must_attach();
    maps_.emplace(open_maps());
    restart();
  }
  void restart() { table_ = *kernel::VerdictTable::create(*maps_, real_clocks()); }

  void apply(const decisions::Decision& decision, bool armed = true) {
    const auto applied = table_->put(decision, armed);
    ASSERT_TRUE(applied) << applied.error().message();
  }

  [[nodiscard]] sluice_lengths lengths() { return *maps_->lengths; }
  [[nodiscard]] std::optional<kernel::VerdictTable::Usage> usage(std::string_view source, Slot slot) const {
    return *table_->usage(*Prefix::parse(source), slot);
  }

  std::optional<kernel::FilterMaps> maps_;
  std::unique_ptr<kernel::VerdictTable> table_;
};

TEST_F(VerdictTableTest, ABlockDropsItsSourceAndNoOther) {
  apply(block(kVisitorV4));
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello");
  ASSERT_TRUE(usage(kVisitorV4, Slot::denial));
  EXPECT_EQ(usage(kVisitorV4, Slot::denial)->packets, 1U);
  EXPECT_EQ(usage(kVisitorV4, Slot::denial)->bytes, 14U + 20 + 8 + 5);

  table_->remove(block(kVisitorV4));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_FALSE(usage(kVisitorV4, Slot::denial));
}

TEST_F(VerdictTableTest, ABlockOfAnIpv6NetworkDropsItsAddressesAndNoOther) {
  apply(block("fd77:1::/64"));
  EXPECT_EQ(send(kVisitorV6), "nothing");
  EXPECT_EQ(send(kVisitorV6SameNetwork), "nothing");
  EXPECT_EQ(send(kNeighbourV6), "hello");
  EXPECT_EQ(usage("fd77:1::/64", Slot::denial)->packets, 2U);
}

TEST_F(VerdictTableTest, AnAllowBeatsABlockAtEveryLength) {
  apply(block(kVisitorV4));
  apply(allow("10.0.0.0/8"));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(usage("10.0.0.0/8", Slot::allow)->packets, 1U);
  table_->remove(allow("10.0.0.0/8"));
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(VerdictTableTest, ShortNetworksAreFoundAndEndWithTheirEntries) {
  apply(block("10.64.0.0/10"));
  apply(block("fd76::/15"));
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kVisitorV6), "nothing");
  restart();  // a new daemon counts them from the tables
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kVisitorV6), "nothing");
  apply(allow("10.77.0.0/18"));
  apply(allow("fd77:1::/32"));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(send(kVisitorV6), "hello");
  table_->remove(allow("10.77.0.0/18"));
  table_->remove(allow("fd77:1::/32"));
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kVisitorV6), "nothing");
  table_->remove(block("10.64.0.0/10"));
  table_->remove(block("fd76::/15"));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(send(kVisitorV6), "hello");
}

TEST_F(VerdictTableTest, ABlockEndsAtItsDeadlineWithoutTheDaemon) {
  apply(block(kVisitorV4, std::chrono::milliseconds(500)));
  EXPECT_EQ(send(kVisitorV4), "nothing");
  table_.reset();
  EXPECT_TRUE(wait_until([&] { return send(kVisitorV4) == "hello"; }));
}

TEST_F(VerdictTableTest, AThrottleLetsItsBurstThrough) {
  apply(throttle(kVisitorV4, {.packets_per_second = 1, .burst = 2}));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(usage(kVisitorV4, Slot::denial)->packets, 1U);
}

TEST_F(VerdictTableTest, WhatIsReplacedKeepsItsCountAndItsPlaceInTheRate) {
  const auto slow = throttle(kVisitorV4, {.packets_per_second = 1, .burst = 1});
  apply(slow);
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(send(kVisitorV4), "nothing");
  apply(slow);
  EXPECT_EQ(send(kVisitorV4), "nothing") << "a throttle that is applied again does not give a new burst";
  apply(throttle(kVisitorV4, {.packets_per_second = 1000, .burst = 2}));
  EXPECT_EQ(send(kVisitorV4), "hello") << "another rate begins anew";
  apply(block(kVisitorV4));
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(usage(kVisitorV4, Slot::denial)->packets, 3U);
}

TEST_F(VerdictTableTest, WhatIsNotArmedHasNoEffect) {
  apply(block(kVisitorV4), false);
  EXPECT_EQ(send(kVisitorV4), "hello");
  apply(block(kVisitorV4), true);
  EXPECT_EQ(send(kVisitorV4), "nothing");
  apply(block(kVisitorV4), false);
  EXPECT_EQ(send(kVisitorV4), "hello") << "disarmed";

  auto challenge = block(kVisitorV4);
  challenge.action = Action::challenge;
  apply(block(kVisitorV4));
  apply(challenge);
  EXPECT_EQ(send(kVisitorV4), "hello") << "a challenge is the gate's";
}

TEST_F(VerdictTableTest, ADecisionPastItsEndIsNotWritten) {
  apply(block(kVisitorV4));
  apply(block(kVisitorV4, std::chrono::seconds(-1)));
  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, 0U);
}

TEST_F(VerdictTableTest, RefusesADenialWithoutEndAndAThrottleWithoutRate) {
  auto endless = block(kVisitorV4);
  endless.until = kForever;
  EXPECT_THAT(table_->put(endless, true).error().message(), HasSubstr("must have an end"));
  EXPECT_THAT(table_->put(throttle(kVisitorV4, {}), true).error().message(), HasSubstr("needs a rate"));
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, 0U);
}

TEST_F(VerdictTableTest, LengthsFollowTheEntries) {
  EXPECT_EQ(lengths().decision_v4[0], 0U);
  apply(block("10.1.0.0/16"));
  apply(block("10.2.0.0/16"));
  apply(block("0.0.0.0/0"));
  apply(block("fd77:1::/64"));
  apply(block("fd77:1::1"));
  apply(allow("192.0.2.1"));
  EXPECT_EQ(lengths().decision_v4[0], (1ULL << 16) | 1ULL);
  EXPECT_EQ(lengths().allow_v4[0], 1ULL << 32);
  EXPECT_EQ(lengths().decision_v6[1], 1ULL << 0);
  EXPECT_EQ(lengths().decision_v6[2], 1ULL << 0);
  EXPECT_EQ(lengths().allow_v6[1], 0U);

  table_->remove(block("10.1.0.0/16"));
  table_->remove(block("10.1.0.0/16"));  // twice is once
  EXPECT_EQ(lengths().decision_v4[0], (1ULL << 16) | 1ULL) << "another /16 is left";
  restart();  // a new daemon counts them from the tables
  table_->remove(block("10.2.0.0/16"));
  table_->remove(block("fd77:1::1"));
  EXPECT_EQ(lengths().decision_v4[0], 1ULL);
  EXPECT_EQ(lengths().decision_v6[1], 1ULL << 0);
  EXPECT_EQ(lengths().decision_v6[2], 0U);
}

TEST_F(VerdictTableTest, ANewDaemonMendsWrongLengths) {
  apply(block(kVisitorV4));
  maps_->lengths->decision_v4[0] = 1ULL << 7;
  EXPECT_EQ(send(kVisitorV4), "hello");
  restart();
  EXPECT_EQ(lengths().decision_v4[0], 1ULL << 32);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(VerdictTableTest, AFullTableRefusesAloudAndKeepsWhatItHolds) {
  table_.reset();
  maps_.reset();
  ASSERT_TRUE(detach());
  options_.max_decisions = 2;
  options_.max_allows = 1;
  start();
  apply(block("192.0.2.1"));
  apply(block("192.0.2.2"));
  const auto refused = table_->put(block(kVisitorV4), true);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(),
              HasSubstr("10.77.0.2: the kernel's table of IPv4 decisions is full, it holds 2"));
  EXPECT_THAT(refused.error().message(), HasSubstr("filter.max_decisions"));
  EXPECT_EQ(send(kVisitorV4), "hello");
  apply(block("192.0.2.2"));  // what is there can be renewed
  apply(block("fd77:1::/64"));
  apply(allow("192.0.2.9"));
  EXPECT_THAT(table_->put(allow("192.0.2.8"), true).error().message(), HasSubstr("filter.max_allows"));
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, 2U);
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).capacity, 2U);
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv6).entries, 1U);
  EXPECT_EQ(table_->fill(Slot::allow, Family::ipv4).entries, 1U);
}

TEST_F(VerdictTableTest, ANewDaemonRemovesWhatItsLedgerDoesNotKnow) {
  apply(block(kVisitorV4));
  apply(block(kNeighbourV4));
  apply(allow(kNeighbourV4));
  apply(block("fd77:1::/64"));
  restart();
  const auto known = block(kVisitorV4);
  const auto known_allow = allow(kVisitorV4);  // of the other slot: does not keep the block, nor is it made
  const auto removed = table_->reconcile(std::vector<const decisions::Decision*>{&known, &known_allow});
  ASSERT_TRUE(removed);
  EXPECT_EQ(*removed, 3U);
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello");
  EXPECT_EQ(send(kVisitorV6), "hello");
  EXPECT_EQ(lengths().decision_v4[0], 1ULL << 32);
  EXPECT_EQ(lengths().decision_v6[1], 0U);
  EXPECT_EQ(table_->fill(Slot::allow, Family::ipv4).entries, 0U);
}

TEST_F(VerdictTableTest, FiftyThousandDecisionsAreAppliedAndAppliedAgain) {
  std::vector<decisions::Decision> decisions;
  for (unsigned i = 0; i < 50'000; ++i) {
    decisions.push_back(block(fmt::format("100.64.{}.{}", i / 256, i % 256)));
  }
  // Processor time: a machine that is busy with other things does not slow it.
  const auto record = [&](const std::string& name, std::clock_t start) {
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    RecordProperty(name + "_per_second", static_cast<int>(static_cast<double>(decisions.size()) / seconds));
  };
  for (const char* round : {"applied", "applied_again"}) {
    const std::clock_t start = std::clock();
    for (const auto& decision : decisions)
      ASSERT_TRUE(table_->put(decision, true));
    record(round, start);
    EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, decisions.size());
  }
  const std::clock_t start = std::clock();
  restart();
  record("taken_over", start);
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, decisions.size());
}

TEST_F(VerdictTableTest, AMillionDecisionsAndNotOneMore) {
  options_.max_decisions = 1'000'000;
  start();
  auto decision = block("100.64.0.0");
  const auto source = [](std::uint32_t i) {
    const std::uint32_t address = 0x64000000U + i;
    return Prefix(
        Address::from_v4({static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
                          static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)}),
        32);
  };
  apply(block(kVisitorV4));
  const std::clock_t start = std::clock();
  for (std::uint32_t i = 1; i < options_.max_decisions; ++i) {
    decision.source = source(i);
    ASSERT_TRUE(table_->put(decision, true));
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  RecordProperty("applied_per_second", static_cast<int>(options_.max_decisions / seconds));
  decision.source = source(options_.max_decisions);
  EXPECT_THAT(table_->put(decision, true).error().message(), HasSubstr("filter.max_decisions"));
  EXPECT_EQ(table_->fill(Slot::denial, Family::ipv4).entries, options_.max_decisions);
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello");
}

}  // namespace
}  // namespace sluice::test
