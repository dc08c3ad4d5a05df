// SPDX-License-Identifier: Apache-2.0
// That what was in the ledger comes back as it was, and what had left it does not.
#include "daemon/store/state_store.h"

#include <csignal>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "daemon/store/signals.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using namespace std::string_literals;
using decisions::Action;
using decisions::ActorKind;
using decisions::Decision;
using decisions::Ending;
using detection::BlockHistory;
using detection::LogSecond;
using detection::Signal;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

void expect_same(const Decision& actual, const Decision& expected) {
  EXPECT_EQ(actual.source, expected.source);
  EXPECT_EQ(actual.action, expected.action);
  EXPECT_EQ(actual.since, expected.since);
  EXPECT_EQ(actual.until, expected.until);
  EXPECT_EQ(actual.reason, expected.reason);
  EXPECT_EQ(actual.actor, expected.actor);
  EXPECT_EQ(actual.rate, expected.rate);
  EXPECT_EQ(actual.score, expected.score);
  EXPECT_EQ(actual.forwarded, expected.forwarded);
  EXPECT_EQ(actual.exposure.requests, expected.exposure.requests);
  EXPECT_EQ(actual.exposure.pages, expected.exposure.pages);
  EXPECT_EQ(actual.exposure.subjects, expected.exposure.subjects);
  ASSERT_EQ(actual.signals.size(), expected.signals.size());
  for (std::size_t i = 0; i < actual.signals.size(); ++i) {
    const Signal& signal = actual.signals[i];
    const Signal& as_it_was = expected.signals[i];
    EXPECT_EQ(signal.heuristic, as_it_was.heuristic);
    EXPECT_EQ(signal.cause, as_it_was.cause);
    EXPECT_EQ(signal.weight, as_it_was.weight);
    EXPECT_EQ(signal.counted, as_it_was.counted);
    EXPECT_EQ(signal.text, as_it_was.text);
    ASSERT_EQ(signal.numbers.size(), as_it_was.numbers.size());
    for (std::size_t j = 0; j < signal.numbers.size(); ++j) {
      EXPECT_EQ(signal.numbers[j].name, as_it_was.numbers[j].name);
      EXPECT_EQ(signal.numbers[j].value, as_it_was.numbers[j].value);
    }
  }
}

class StateStoreTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = StateStore::open(folder_.database(), kNow);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
  }
  void apply(const Decision& decision) { store_->sink().begin(decision, true); }
  // What the next process finds.
  StateStore::Restored restart(WallTime now = kNow, WallTime oldest_block = WallTime::min()) {
    EXPECT_TRUE(store_->flush(kTick));
    reopen();
    auto restored = store_->load(now, oldest(now, oldest_block), kMeaning);
    EXPECT_TRUE(restored);
    return restored ? *std::move(restored) : StateStore::Restored{};
  }

  TemporaryFolder folder_;
  std::unique_ptr<StateStore> store_;
};

TEST_F(StateStoreTest, NothingComesFromAFreshOne) {
  const auto restored = restart();
  EXPECT_THAT(restored.decisions, IsEmpty());
  EXPECT_THAT(restored.block_histories, IsEmpty());
  EXPECT_THAT(restored.positions, IsEmpty());
  EXPECT_FALSE(store_->set_aside());
}

TEST_F(StateStoreTest, ADetectorsBlockComesBackToTheLastBit) {
  const Decision decision = block(source(7));
  apply(decision);
  const auto restored = restart();
  ASSERT_THAT(restored.decisions, SizeIs(1));
  expect_same(restored.decisions[0], decision);
}

TEST_F(StateStoreTest, SoDoesEveryKindOfDecisionWithEveryKindOfText) {
  Decision allow;
  allow.source = *Prefix::parse("2001:db8:1::/48");
  allow.action = Action::allow;
  allow.since = kNow;
  allow.until = kForever;
  allow.reason = "a\0b \xff\xfe \"\\ \xc3\xa4 ' ; DROP TABLE decision; --\n"s;
  allow.actor = {ActorKind::operator_, "alice smith"};
  apply(allow);

  Decision throttle = block(allow.source);  // the same source has one of each
  throttle.action = Action::throttle;
  throttle.rate = {1'000'000, 30};
  throttle.forwarded = true;
  throttle.exposure = {std::numeric_limits<std::uint64_t>::max(), 0, 1};
  throttle.signals[0].text = allow.reason;
  throttle.signals[0].numbers = {{"least", std::numeric_limits<double>::denorm_min()},
                                 {"most", std::numeric_limits<double>::max()},
                                 {"endless", std::numeric_limits<double>::infinity()},
                                 {"whole", 9007199254740993.0}};
  throttle.signals[1].numbers.clear();
  apply(throttle);

  Decision grant = block(*Prefix::parse("198.51.100.0/24"));
  grant.action = Action::challenge;
  grant.actor = {ActorKind::grant, "acme"};
  grant.signals.clear();
  apply(grant);

  auto restored = restart();
  ASSERT_THAT(restored.decisions, SizeIs(3));
  std::ranges::sort(restored.decisions, {}, [](const Decision& d) { return std::pair(d.source, d.action); });
  expect_same(restored.decisions[0], grant);
  expect_same(restored.decisions[1], allow);
  expect_same(restored.decisions[2], throttle);
}

TEST_F(StateStoreTest, TheLatestForASourceCounts) {
  apply(block(source(1)));
  ASSERT_TRUE(store_->flush(kTick));
  Decision later = block(source(1));
  later.until = kNow + std::chrono::hours(100);
  apply(later);
  store_->sink().end(block(source(1)), Ending::replaced);  // the ledger tells of it after its successor
  const auto restored = restart();
  ASSERT_THAT(restored.decisions, SizeIs(1));
  expect_same(restored.decisions[0], later);
}

TEST_F(StateStoreTest, WhatEndedStaysAway) {
  for (unsigned i = 0; i < 4; ++i)
    apply(block(source(i)));
  store_->sink().end(block(source(0)), Ending::withdrawn);  // before it was written
  ASSERT_TRUE(store_->flush(kTick));
  store_->sink().end(block(source(1)), Ending::withdrawn);  // after
  store_->sink().end(block(source(2)), Ending::expired);
  const auto restored = restart();
  ASSERT_THAT(restored.decisions, SizeIs(1));
  EXPECT_EQ(restored.decisions[0].source, source(3));
}

TEST_F(StateStoreTest, WithdrawingABlockLeavesTheAllow) {
  Decision allow = block(source(1));
  allow.action = Action::allow;
  apply(allow);
  apply(block(source(1)));
  ASSERT_TRUE(store_->flush(kTick));
  store_->sink().end(block(source(1)), Ending::withdrawn);
  const auto restored = restart();
  ASSERT_THAT(restored.decisions, SizeIs(1));
  EXPECT_EQ(restored.decisions[0].action, Action::allow);
}

TEST_F(StateStoreTest, WhatExpiredWhileNobodyRanStaysAway) {
  Decision decision = block(source(1));
  apply(decision);
  EXPECT_THAT(restart(decision.until - Nanoseconds(1)).decisions, SizeIs(1));
  EXPECT_THAT(restart(decision.until).decisions, IsEmpty());
  EXPECT_THAT(restart().decisions, IsEmpty()) << "and is deleted";
}

TEST_F(StateStoreTest, ListsAreNotKept) {
  Decision decision = block(source(1));
  decision.actor = {ActorKind::list, "protected"};
  apply(decision);
  apply(block(source(2)));
  decision.source = source(2);
  apply(decision);  // beside one that is kept
  EXPECT_THAT(restart().decisions, SizeIs(1));
}

TEST_F(StateStoreTest, EveryActorsDecisionOfASourceComesBack) {
  const Decision detectors = block(source(1));
  Decision operators = detectors;
  operators.actor = {ActorKind::operator_, "alice"};
  operators.action = decisions::Action::throttle;
  apply(detectors);
  apply(operators);
  EXPECT_THAT(restart().decisions, SizeIs(2));
  store_->sink().end(operators, Ending::expired);
  const auto left = restart().decisions;
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left.front().actor, detectors.actor);
}

TEST_F(StateStoreTest, OffencesComeBackTheOldestFirstWithinTheMemory) {
  store_->remember({source(1), 1, kNow});
  store_->remember({source(1), 2, kNow + Seconds(30)});
  store_->remember({source(2), 7, kNow + Seconds(10)});
  store_->remember({source(3), 1, kNow - Seconds(1)});
  apply(block(source(1)));
  store_->sink().end(block(source(1)), Ending::expired);

  const auto histories = restart(kNow, kNow - Seconds(1)).block_histories;
  ASSERT_THAT(histories, SizeIs(2));
  EXPECT_EQ(histories[0].source, source(2));
  EXPECT_EQ(histories[0].blocks, 7U);
  EXPECT_EQ(histories[0].last, kNow + Seconds(10));
  EXPECT_EQ(histories[1].source, source(1));
  EXPECT_EQ(histories[1].blocks, 2U);

  ASSERT_TRUE(store_->forget(kNow, oldest(kNow, kNow + Seconds(10))));
  EXPECT_THAT(restart().block_histories, SizeIs(1));
}

TEST_F(StateStoreTest, TheOldestOffencesBeyondTheLimitAreForgotten) {
  for (unsigned i = 0; i < 150'000; ++i)
    store_->remember({source(i), 1, kNow + Seconds(i)});
  ASSERT_TRUE(store_->flush(kTick));
  for (unsigned i = 150'000; i < 200'100; ++i)
    store_->remember({source(i), 1, kNow + Seconds(i)});
  const auto histories = restart().block_histories;
  ASSERT_THAT(histories, SizeIs(200'000));
  EXPECT_EQ(histories.front().source, source(100));
  EXPECT_EQ(histories.back().source, source(200'099));
}

detection::ReachHistory::Record week_of(unsigned number, LogSecond second, std::uint64_t subject) {
  detection::ReachHistory::Record record{
      source(number), static_cast<std::uint32_t>(second / detection::ReachHistory::kWeek), {}};
  (void)record.counter.add(subject * 0x9e3779b97f4a7c15);
  return record;
}

TEST_F(StateStoreTest, WhatWasReadInTheLastFourWeeksComesBack) {
  const LogSecond now = detection::log_second(kNow);
  constexpr LogSecond kWeek = detection::ReachHistory::kWeek;
  store_->remember({{week_of(1, now, 1), week_of(1, now - 3 * kWeek, 2), week_of(2, now - 4 * kWeek, 3)}, {}},
                   kMeaning);
  ASSERT_TRUE(store_->flush(kTick));
  store_->remember({{week_of(1, now, 4), week_of(3, now, 5), week_of(4, now, 6)}, {}}, kMeaning);
  store_->remember({{}, {source(4)}}, kMeaning);

  const auto reach = restart().reach;
  ASSERT_THAT(reach, SizeIs(3));
  EXPECT_EQ(reach[0].source, source(1));
  EXPECT_EQ(reach[0].week, (now - 3 * kWeek) / kWeek);
  EXPECT_EQ(reach[0].counter.bytes(), week_of(1, now, 2).counter.bytes());
  EXPECT_EQ(reach[1].source, source(1));
  EXPECT_EQ(reach[1].counter.bytes(), week_of(1, now, 4).counter.bytes());
  EXPECT_EQ(reach[2].source, source(3));

  store_->remember({{}, {source(1)}}, kMeaning);
  EXPECT_THAT(restart().reach, SizeIs(1));
  EXPECT_THAT(restart(kNow + std::chrono::weeks(4)).reach, IsEmpty());
}

TEST_F(StateStoreTest, WhatOtherRoutesMeantIsDropped) {
  store_->remember({{week_of(1, detection::log_second(kNow), 1)}, {}}, kMeaning + 1);
  EXPECT_THAT(restart().reach, IsEmpty());
}

TEST_F(StateStoreTest, AccountsComeBackTheOneIdleLongestFirstWithinTheMemory) {
  const detection::LogSecond now = detection::log_second(kNow);
  constexpr detection::LogSecond kDay = 86'400;
  EXPECT_EQ(restart().accounts.begun, 0);
  const std::uint64_t large = 0xfedcba9876543210ULL;  // more than SQLite's integers hold
  store_->remember(detection::AccountAge{large, now - 500, now});
  store_->remember(detection::AccountAge{2, now - 30 * kDay, now - kDay});
  store_->remember(detection::AccountAge{3, now - 500 * kDay, now - 400 * kDay});
  store_->remember(detection::AccountAge{2, now - 20 * kDay, now - 10});
  auto restored = restart().accounts;
  ASSERT_THAT(restored.ages, SizeIs(2));
  EXPECT_EQ(restored.ages[0].number, 2U);
  EXPECT_EQ(restored.ages[0].first_seen, now - 20 * kDay);
  EXPECT_EQ(restored.ages[1].number, large);
  EXPECT_EQ(restored.ages[1].last_seen, now);
  EXPECT_EQ(restored.begun, now - 500 * kDay);
  // What is written again moves nothing forward.
  store_->remember(detection::AccountAge{2, now, now + 50});
  restored = restart().accounts;
  EXPECT_EQ(restored.ages[1].number, 2U);
  EXPECT_EQ(restored.ages[1].first_seen, now - 20 * kDay);
  EXPECT_EQ(restored.ages[1].last_seen, now + 50);
  ASSERT_TRUE(store_->forget(kNow, oldest(kNow + std::chrono::days(366), kNow)));
  EXPECT_THAT(restart().accounts.ages, IsEmpty());
  EXPECT_EQ(restart().accounts.begun, now - 500 * kDay);
}

TEST_F(StateStoreTest, TheSecretOfTheAccountsStaysTheSame) {
  const std::uint64_t secret = store_->account_secret();
  EXPECT_NE(secret, 0U);
  restart();
  EXPECT_EQ(store_->account_secret(), secret);
}

TEST_F(StateStoreTest, PlacesInLogsComeBack) {
  store_->set_position("/var/log/a", "1");
  store_->set_position("/var/log/b", "x\0y"s);
  ASSERT_TRUE(store_->flush(kTick));
  store_->set_position("/var/log/a", "2");
  EXPECT_THAT(restart().positions, ElementsAre(Pair("/var/log/a", "2"), Pair("/var/log/b", "x\0y"s)));
}

TEST_F(StateStoreTest, OnlyWhatWasFlushedSurvives) {
  apply(block(source(1)));
  ASSERT_TRUE(store_->flush(kTick));
  apply(block(source(2)));
  EXPECT_EQ(store_->state().waiting, 1U);
  reopen();
  const auto restored = store_->load(kNow, oldest(kNow, kNow), kMeaning);
  ASSERT_TRUE(restored);
  EXPECT_THAT(restored->decisions, SizeIs(1));
}

TEST_F(StateStoreTest, RowsThatSomebodyElseWroteAreLeftOutAndCounted) {
  for (unsigned i = 0; i < 5; ++i)
    apply(block(source(i)));
  ASSERT_TRUE(store_->flush(kTick));
  auto database = Database::open(folder_.database(), kNow);
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->execute("UPDATE decision SET source = 'home' WHERE source = '10.0.0.0'"));
  ASSERT_TRUE(database->execute("UPDATE decision SET action = 'none' WHERE source = '10.0.0.1'"));
  ASSERT_TRUE(database->execute(
      "UPDATE decision SET signals = '[{\"heuristic\":\"decoy\"}]' WHERE source = '10.0.0.2'"));
  ASSERT_TRUE(database->execute("UPDATE decision SET action = 'allow' WHERE source = '10.0.0.3'"));
  const auto restored = restart();
  EXPECT_EQ(restored.unreadable, 4U);
  ASSERT_THAT(restored.decisions, SizeIs(1));
  EXPECT_EQ(restored.decisions[0].source, source(4));
}

// The disk's end is made with the limit on file sizes: the write fails as it does on a full disk.
TEST_F(StateStoreTest, AFailingDiskRefusesNothingAndIsToldUntilItWorksAgain) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  apply(block(source(1)));
  ASSERT_TRUE(store_->flush(kTick));

  rlimit full = before;
  full.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  store_->sink().end(block(source(1)), Ending::withdrawn);
  for (unsigned i = 2; i < 102; ++i)
    apply(block(source(i)));
  const bool flushed = store_->flush(kTick);
  const bool again = store_->flush(kTick);
  const auto failing = store_->state();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);

  EXPECT_FALSE(flushed);
  EXPECT_FALSE(again);
  EXPECT_EQ(failing.failures, 2U);
  EXPECT_EQ(failing.waiting, 101U);
  EXPECT_THAT(failing.failing, testing::StartsWith("SQLite: "));

  ASSERT_TRUE(store_->flush(kTick));
  EXPECT_THAT(store_->state().failing, IsEmpty());
  EXPECT_EQ(store_->state().waiting, 0U);
  EXPECT_THAT(restart().decisions, SizeIs(100));
}

TEST(Signals, WhatIsNoProofIsRefused) {
  EXPECT_TRUE(read_signals("[]"));
  for (const char* text :
       {"", "{}", "[", "[1]", "[{}]", R"([{"heuristic":"a","weight":6,"text":"b","numbers":[]}])",
        R"([{"heuristic":"a","weight":"6x","text":"b","numbers":[]}])",
        R"([{"heuristic":"a","weight":"6","text":"b","numbers":[["n"]]}])",
        R"([{"heuristic":"a","weight":"6","text":"b","numbers":[["n","1",2]]}])"}) {
    EXPECT_FALSE(read_signals(text)) << text;
  }
  EXPECT_TRUE(read_signals(R"([{"heuristic":"a","weight":"6","text":"b","numbers":[["n","1"]]}])"));
  EXPECT_FALSE(read_signals(std::string(100'000, '[')));
}

}  // namespace
}  // namespace sluice::store
