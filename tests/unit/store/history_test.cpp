// SPDX-License-Identifier: Apache-2.0
// That decisions which ended are found by address, network, time and actor, whole, and are bounded.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using decisions::Actor;
using decisions::ActorKind;
using decisions::End;
using decisions::Ending;
using decisions::PastDecision;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class History : public testing::Test {
 protected:
  void SetUp() override { reopen(kNow, WallTime::min()); }
  void reopen(WallTime now, WallTime oldest_past) {
    store_.reset();
    auto opened = StateStore::open(folder_.database(), now);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
    StateStore::Oldest kept = oldest(now);
    kept.past = oldest_past;
    const auto restored = store_->load(now, kept, kMeaning);
    ASSERT_TRUE(restored) << restored.error().message();
  }
  void remember(const char* source, WallTime ended = kNow + hours(1), End how = Ending::expired) {
    PastDecision past;
    past.decision = block(*Prefix::parse(source));
    past.in_effect = true;
    past.ended = ended;
    past.end = std::move(how);
    past.usage = PastDecision::Usage{12, 720};
    store_->remember(std::move(past));
  }
  std::vector<std::string> sources(const HistoryStore::Query& query) {
    std::vector<std::string> sources;
    for (const auto& row : store_->past_page(query, kTick).page.rows)
      sources.push_back(row.past.decision.source.to_string());
    return sources;
  }
  std::vector<std::string> about(const char* source) {
    HistoryStore::Query query;
    query.source = *Prefix::parse(source);
    return sources(query);
  }

  TemporaryFolder folder_;
  std::unique_ptr<StateStore> store_;
};

TEST_F(History, FindsWhatCoversAnAddressAndWhatLiesInANetwork) {
  for (const char* source :
       {"192.0.2.7", "192.0.2.0/24", "192.0.3.1", "192.0.2.255", "2001:db8:7::/64", "0.0.0.0/1"})
    remember(source);
  EXPECT_THAT(about("192.0.2.7"), ElementsAre("192.0.2.0/24", "192.0.2.7"));
  EXPECT_THAT(about("192.0.2.0/24"), ElementsAre("192.0.2.255", "192.0.2.0/24", "192.0.2.7"));
  EXPECT_THAT(about("192.0.2.0/23"), ElementsAre("192.0.2.255", "192.0.3.1", "192.0.2.0/24", "192.0.2.7"));
  EXPECT_THAT(about("2001:db8:7::1"), ElementsAre("2001:db8:7::/64"));
  EXPECT_THAT(about("2001:db8::/32"), ElementsAre("2001:db8:7::/64"));
  EXPECT_THAT(about("198.51.100.1"), IsEmpty());
}

TEST_F(History, ADecisionComesBackWholeAfterARestart) {
  remember("192.0.2.7", kNow + hours(2),
           {Ending::withdrawn, Actor{ActorKind::operator_, "alice"}, "it is the office"});
  ASSERT_TRUE(store_->flush(kTick));
  reopen(kNow + hours(3), WallTime::min());
  const auto rows = store_->past_page({}, kTick).page.rows;
  ASSERT_THAT(rows, SizeIs(1));
  const PastDecision& past = rows[0].past;
  EXPECT_EQ(past.ended, kNow + hours(2));
  EXPECT_EQ(past.end.ending, Ending::withdrawn);
  EXPECT_EQ(past.end.by, (Actor{ActorKind::operator_, "alice"}));
  EXPECT_EQ(past.end.reason, "it is the office");
  EXPECT_TRUE(past.in_effect);
  EXPECT_EQ(past.usage, (PastDecision::Usage{12, 720}));
  ASSERT_THAT(past.decision.signals, SizeIs(2));
  EXPECT_EQ(past.decision.signals[1].text, "read 148 different people within an hour");
  EXPECT_EQ(past.decision.exposure.subjects, 148U);
}

TEST_F(History, AMomentFindsWhatWasInForceThen) {
  remember("192.0.2.1", kNow + hours(1));
  remember("192.0.2.2", kNow + hours(3));
  HistoryStore::Query query;
  query.since = query.until = kNow + hours(2);
  EXPECT_THAT(sources(query), ElementsAre("192.0.2.2"));
  query.since = query.until = kNow - hours(1);
  EXPECT_THAT(sources(query), IsEmpty());
}

TEST_F(History, FiltersByActionAndByTheFirstWordsOfTheActor) {
  remember("192.0.2.1");
  PastDecision allow;
  allow.decision = block(source(1));
  allow.decision.action = decisions::Action::allow;
  allow.decision.actor = {ActorKind::operator_, "alice via fail2ban"};
  store_->remember(allow);
  for (const char* actor : {"operator", "operator alice"}) {
    HistoryStore::Query query;
    query.actor = actor;
    EXPECT_THAT(sources(query), ElementsAre("10.0.0.1")) << actor;
  }
  HistoryStore::Query query;
  query.action = "block";
  EXPECT_THAT(sources(query), ElementsAre("192.0.2.1"));
  query.actor = "operator ali";
  EXPECT_THAT(sources(query), IsEmpty());
}

TEST_F(History, PagesMeetWithoutAGapOrARepetition) {
  for (unsigned i = 0; i < 700; ++i) {
    PastDecision past;
    past.decision = block(source(i));
    store_->remember(std::move(past));
  }
  HistoryStore::Query query;
  std::vector<std::string> all;
  for (bool more = true; more;) {
    const auto page = store_->past_page(query, kTick).page;
    ASSERT_FALSE(page.rows.empty());
    for (const auto& row : page.rows)
      all.push_back(row.past.decision.source.to_string());
    more = page.more;
    query.before = page.rows.back().number;
  }
  ASSERT_THAT(all, SizeIs(700));
  for (unsigned i = 0; i < 700; ++i)
    ASSERT_EQ(all[i], source(699 - i).to_string());
}

TEST_F(History, WhatExpiredWhileNoDaemonRanIsKept) {
  store_->sink().begin(block(source(1)), true);
  ASSERT_TRUE(store_->flush(kTick));
  reopen(kNow + hours(5), WallTime::min());
  const auto rows = store_->past_page({}, kTick).page.rows;
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].past.ended, kNow + hours(4));
  EXPECT_EQ(rows[0].past.end.ending, Ending::expired);
  reopen(kNow + hours(6), WallTime::min());
  EXPECT_THAT(store_->past_page({}, kTick).page.rows, SizeIs(1)) << "kept twice";
}

TEST_F(History, WhatIsTooOldIsForgotten) {
  remember("192.0.2.1", kNow + hours(1));
  remember("192.0.2.2", kNow + hours(2));
  ASSERT_TRUE(store_->flush(kTick));
  StateStore::Oldest kept = oldest(kNow);
  kept.past = kNow + hours(1);
  ASSERT_TRUE(store_->forget(kNow, kept));
  EXPECT_THAT(sources({}), ElementsAre("192.0.2.2"));
}

TEST_F(History, KeepsTheNewestRows) {
  auto database = Database::open(folder_.path() / "other.db", kNow);
  ASSERT_TRUE(database);
  HistoryStore history;
  PastDecision past;
  past.decision = block(source(1));
  history.note(past);
  ASSERT_TRUE(history.write(*database));
  ASSERT_TRUE(database->execute("UPDATE past SET number = 1"));
  history.written();
  ASSERT_TRUE(database->execute(
      "INSERT INTO past SELECT 200000, first_address, ended, ending, ended_by, ended_reason,"
      " in_effect, packets, bytes, source, slot, action, since, until, reason, actor, rate,"
      " burst, score, signals, requests, pages, subjects, forwarded FROM past"));
  history.note(past);
  ASSERT_TRUE(history.write(*database));
  const auto page = HistoryStore::page(*database, {});
  ASSERT_TRUE(page);
  ASSERT_THAT(page->rows, SizeIs(2)) << "the first of 200,001 goes";
  EXPECT_EQ(page->rows[0].number, 200'001);
}

TEST_F(History, ASummaryCountsDenialsThatCoveredAndWereFelt) {
  remember("192.0.2.7", kNow + hours(1));
  remember("192.0.2.0/24", kNow + hours(2));
  remember("192.0.2.7", kNow + hours(3), Ending::replaced);
  remember("192.0.2.8", kNow + hours(4));
  ASSERT_TRUE(store_->flush(kTick));
  const auto summary = store_->past_summary(*Prefix::parse("192.0.2.7"));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->denials, 2U);
  EXPECT_EQ(summary->last_ended, kNow + hours(2));
}

}  // namespace
}  // namespace sluice::store
