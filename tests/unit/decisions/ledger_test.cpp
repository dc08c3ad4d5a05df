// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/ledger.h"

#include <array>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::decisions::test {
namespace {

using detection::test::at;
using detection::test::source;

using ::testing::HasSubstr;

// What sinks that mirror the ledger end up holding.
class Mirror : public DecisionSink, public VerdictSink {
 public:
  struct Entry {
    Decision decision;
    bool armed;
  };
  using Key = std::pair<Prefix, bool>;  // source, and whether it is an allow
  std::map<Key, Entry> entries;         // what is in effect
  std::map<std::pair<Key, Actor>, Decision> decisions;
  std::vector<std::string> ended;
  std::string refuse;  // words of a refusal, while not empty
  std::size_t room = SIZE_MAX;

  static Key key_of(const Decision& decision) { return {decision.source, decision.action == Action::allow}; }

  Result<void> put(const Decision& decision, bool armed) override {
    const Key key = key_of(decision);
    if (!refuse.empty()) return Error(refuse);
    if (entries.size() >= room && !entries.contains(key)) return Error("the table is full");
    entries.insert_or_assign(key, Entry{decision, armed});
    return {};
  }
  void remove(const Decision& decision) override { entries.erase(key_of(decision)); }

  void begin(const Decision& decision, bool) override { change(decision); }
  void move(const Decision& decision) override { change(decision); }
  void end(const Decision& decision, const End& how) override {
    const Ending ending = how.ending;
    ended.push_back(decision.source.to_string() + " " + std::string(to_string(ending)));
    if (ending != Ending::replaced) decisions.erase({key_of(decision), decision.actor});
  }

 private:
  void change(const Decision& decision) {
    decisions.insert_or_assign({key_of(decision), decision.actor}, decision);
  }
};

// A ledger tells both kinds of sinks.
void mirror_in(Ledger& ledger, Mirror& mirror) {
  ledger.add_sink(static_cast<VerdictSink&>(mirror));
  ledger.add_sink(static_cast<DecisionSink&>(mirror));
}

Decision make(std::string_view network, Action action, std::int64_t until = 3600, Actor actor = {}) {
  Decision decision;
  decision.source = source(network);
  decision.action = action;
  decision.since = at(0);
  decision.until = at(until);
  decision.actor = std::move(actor);
  return decision;
}

const Actor kAlice{ActorKind::operator_, "alice"};
const Actor kBob{ActorKind::operator_, "bob"};

struct LedgerTest : ::testing::Test {
  Ledger ledger{LedgerLimits{4, 8}, Mode::enforce};
  Mirror mirror;
  LedgerTest() { mirror_in(ledger, mirror); }
};

TEST_F(LedgerTest, MirrorsWhatBeginsAndEnds) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 60), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.2", Action::throttle, 120), at(0)));
  EXPECT_EQ(mirror.entries.size(), 2U);
  EXPECT_EQ(ledger.next_deadline(), at(60));
  EXPECT_EQ(ledger.expire(at(59)), 0U);
  EXPECT_EQ(ledger.expire(at(60)), 1U);
  EXPECT_EQ(mirror.entries.size(), 1U);
  EXPECT_EQ(ledger.withdraw(source("192.0.2.2"), Ledger::Slot::denial, Ending::withdrawn).size(), 1U);
  EXPECT_TRUE(mirror.entries.empty());
  EXPECT_EQ(ledger.next_deadline(), std::nullopt);
  EXPECT_THAT(mirror.ended, ::testing::ElementsAre("192.0.2.1 expired", "192.0.2.2 withdrawn"));
}

TEST_F(LedgerTest, RefusesAnEndThatIsPast) {
  EXPECT_THAT(ledger.admit(make("192.0.2.1", Action::block, 60), at(60)).error().message(),
              HasSubstr("is past"));
  EXPECT_TRUE(mirror.entries.empty());
}

TEST_F(LedgerTest, RefusesAloudWhenFull) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(ledger.admit(make("192.0.2." + std::to_string(i), Action::block, 3600, kAlice), at(0)));
  }
  const auto refused = ledger.admit(make("192.0.2.9", Action::block), at(0));
  ASSERT_FALSE(refused) << "the detector displaces nobody else's";
  EXPECT_THAT(refused.error().message(),
              HasSubstr("the ledger is full, it holds 4 denials of IPv4 addresses"));
  EXPECT_EQ(ledger.refused(), 1U);
  EXPECT_TRUE(ledger.admit(make("192.0.2.9", Action::allow), at(0))) << "allows have room of their own";
}

// An import that fills the table must not make every later scraper safe.
TEST(LedgerReserve, IsTheDetectorsAndOfEachFamily) {
  Ledger ledger{LedgerLimits{.denials = 20, .allows = 4}, Mode::enforce};
  const auto by = [](std::string address, Actor actor) {
    Decision decision = make(address, Action::block);
    decision.actor = std::move(actor);
    return decision;
  };
  const Actor alice{ActorKind::operator_, "alice"};
  const Actor detector{ActorKind::detector, {}};
  for (int i = 0; i < 18; ++i)
    ASSERT_TRUE(ledger.admit(by("192.0.2." + std::to_string(i), alice), at(0))) << i;
  const auto asked = ledger.would_admit(by("192.0.2.18", alice), at(0));
  const auto refused = ledger.admit(by("192.0.2.18", alice), at(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(asked.error().message(), refused.error().message());
  EXPECT_THAT(refused.error().message(),
              HasSubstr("18 denials of IPv4 addresses are in force; the last 2 places are"));
  EXPECT_EQ(ledger.refused(), 1U);
  EXPECT_TRUE(ledger.admit(by("192.0.2.17", alice), at(0))) << "what is there can be made anew";
  EXPECT_TRUE(ledger.admit(by("2001:db8::1", alice), at(0))) << "the other family has room of its own";
  EXPECT_TRUE(ledger.admit(by("192.0.2.18", detector), at(0)));
  EXPECT_TRUE(ledger.restore(by("192.0.2.19", alice), at(0))) << "nothing is lost by a restart";
  (void)ledger.withdraw(source("192.0.2.3"), Ledger::Slot::denial, Ending::withdrawn);
  (void)ledger.withdraw(source("192.0.2.4"), Ledger::Slot::denial, Ending::withdrawn);
  (void)ledger.withdraw(source("192.0.2.5"), Ledger::Slot::denial, Ending::withdrawn);
  EXPECT_TRUE(ledger.admit(by("192.0.2.20", alice), at(0)));
}

TEST_F(LedgerTest, ASinkThatRefusesRefusesTheDecisionForAll) {
  Mirror second;
  second.room = 1;
  mirror_in(ledger, second);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  const auto refused = ledger.admit(make("192.0.2.2", Action::block), at(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "the table is full");
  EXPECT_EQ(mirror.entries.size(), 1U) << "the sink before it takes it back";
  EXPECT_EQ(ledger.find(source("192.0.2.2"), Ledger::Slot::denial), nullptr);
}

TEST_F(LedgerTest, AReplacementThatASinkRefusesLeavesTheFormerInForce) {
  Mirror second;
  mirror_in(ledger, second);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle), at(0)));
  second.refuse = "broken";
  ASSERT_FALSE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  EXPECT_EQ(ledger.find(source("192.0.2.1"), Ledger::Slot::denial)->action, Action::throttle);
  EXPECT_EQ(mirror.entries.begin()->second.decision.action, Action::throttle);
}

TEST_F(LedgerTest, TheDetectorsStricterAndLongerReplacesItsOwn) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 900), at(0)));
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::throttle, 600), at(0))->outcome, Admission::Outcome::kept);
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::block, 600), at(0))->outcome,
            Admission::Outcome::replaced);
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::throttle, 9000), at(0))->outcome,
            Admission::Outcome::kept);
  EXPECT_EQ(ledger.find(source("192.0.2.1"), Ledger::Slot::denial)->action, Action::block);
  EXPECT_EQ(ledger.next_deadline(), at(600));
  EXPECT_EQ(mirror.decisions.size(), 1U);
}

// What an operator does must never make a block weaker, or lose its proof.
TEST_F(LedgerTest, NobodysDecisionReplacesAnybodyElses) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 9000), at(0)));
  const auto weaker = ledger.admit(make("192.0.2.1", Action::throttle, 60, kAlice), at(0));
  EXPECT_EQ(weaker->outcome, Admission::Outcome::overruled);
  EXPECT_THAT(weaker->note, HasSubstr("without effect while the block by detector until"));
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::block, 600, kBob), at(0))->outcome,
            Admission::Outcome::added);
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::block, 300, kBob), at(0))->outcome,
            Admission::Outcome::replaced)
      << "operators may shorten what they decided";
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 3U);
  EXPECT_EQ(mirror.decisions.size(), 3U);
  ASSERT_EQ(mirror.entries.size(), 1U) << "the kernel has one entry for a source";
  EXPECT_EQ(mirror.entries.begin()->second.decision.actor, Actor{});
  const auto in_effect = [&](const Actor& actor) {
    return ledger.in_effect(*ledger.find(source("192.0.2.1"), Ledger::Slot::denial, actor));
  };
  EXPECT_TRUE(in_effect({}));
  EXPECT_TRUE(in_effect(kBob)) << "it is as strict";
  EXPECT_FALSE(in_effect(kAlice));
}

TEST_F(LedgerTest, EachEndsByItselfAndTheNextStrictestIsInEffect) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 600), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 9000, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 60, kBob), at(0)));
  const auto shown = [&] { return mirror.entries.at({source("192.0.2.1"), false}).decision; };
  EXPECT_EQ(ledger.expire(at(60)), 1U);
  EXPECT_EQ(shown().action, Action::block);
  EXPECT_EQ(shown().until, at(600));
  EXPECT_EQ(ledger.expire(at(600)), 1U);
  EXPECT_EQ(shown().action, Action::throttle);
  EXPECT_EQ(ledger.next_deadline(), at(9000));
  EXPECT_EQ(ledger.expire(at(9000)), 1U);
  EXPECT_TRUE(mirror.entries.empty());
  EXPECT_TRUE(mirror.decisions.empty());
}

TEST_F(LedgerTest, WhatIsArmedCountsBeforeWhatIsNot) {
  Decision behind_proxy = make("192.0.2.1", Action::block, 9000);
  behind_proxy.forwarded = true;
  ASSERT_TRUE(ledger.admit(behind_proxy, at(0)));
  EXPECT_FALSE(mirror.entries.begin()->second.armed);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 60, kAlice), at(0)));
  EXPECT_EQ(mirror.entries.begin()->second.decision.action, Action::throttle);
  EXPECT_TRUE(mirror.entries.begin()->second.armed);
  EXPECT_EQ(ledger.covering(source("192.0.2.1")).front()->action, Action::throttle);
  ASSERT_TRUE(ledger.set_mode(Mode::observe));
  EXPECT_FALSE(mirror.entries.begin()->second.armed);
}

TEST_F(LedgerTest, WithdrawsOnlyWhatIsAskedFor) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 60, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::allow, 60, kAlice), at(0)));
  const auto by_alice = [](const Decision& decision) { return decision.actor == kAlice; };
  const auto ended = ledger.withdraw(source("192.0.2.1"), Ledger::Slot::denial, Ending::withdrawn, by_alice);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended.front().until, at(60));
  EXPECT_NE(ledger.find(source("192.0.2.1"), Ledger::Slot::denial), nullptr);
  EXPECT_NE(ledger.find(source("192.0.2.1"), Ledger::Slot::allow), nullptr) << "another slot";
  EXPECT_EQ(mirror.entries.size(), 2U);
  EXPECT_TRUE(
      ledger.withdraw(source("192.0.2.1"), Ledger::Slot::denial, Ending::withdrawn, by_alice).empty());
}

TEST_F(LedgerTest, WhatCannotTakeThePlaceOfWhatEndedIsEndedToo) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 60), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 600, kAlice), at(0)));
  mirror.refuse = "broken";
  EXPECT_EQ(ledger.expire(at(60)), 1U);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
  EXPECT_TRUE(mirror.entries.empty());
  EXPECT_TRUE(mirror.decisions.empty());
  EXPECT_EQ(ledger.next_deadline(), std::nullopt);
}

TEST_F(LedgerTest, TooManyActorsOnOneSourceAreRefused) {
  Ledger wide({100, 100}, Mode::enforce);
  for (std::size_t i = 0; i < Ledger::kMaxActors; ++i)
    ASSERT_TRUE(
        wide.admit(make("192.0.2.1", Action::block, 60, {ActorKind::operator_, std::to_string(i)}), at(0)));
  EXPECT_THAT(wide.admit(make("192.0.2.1", Action::block, 60, kAlice), at(0)).error().message(),
              HasSubstr("have decided about it already"));
}

// Whoever fills the table must not make every later scraper safe.
TEST_F(LedgerTest, AFullTableGivesUpTheDetectorsMildestAndOldest) {
  Decision old_throttle = make("192.0.2.1", Action::throttle);
  old_throttle.since = at(1);
  Decision older_block = make("192.0.2.2", Action::block);
  Decision newer_block = make("192.0.2.3", Action::block);
  newer_block.since = at(2);
  for (const Decision& decision : {old_throttle, older_block, newer_block})
    ASSERT_TRUE(ledger.admit(decision, at(2)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.4", Action::block, 60, kAlice), at(2)));
  for (const char* next : {"192.0.2.5", "192.0.2.6"}) {
    Decision decision = make(next, Action::block);
    decision.since = at(3);
    ASSERT_TRUE(ledger.would_admit(decision, at(3)));
    ASSERT_TRUE(ledger.admit(decision, at(3)));
  }
  EXPECT_THAT(mirror.ended, ::testing::ElementsAre("192.0.2.1 displaced", "192.0.2.2 displaced"));
  EXPECT_EQ(ledger.displaced(), 2U);
  EXPECT_EQ(ledger.refused(), 0U);
  EXPECT_FALSE(ledger.admit(make("192.0.2.7", Action::throttle), at(3)))
      << "a throttle does not take the place of a block";
  EXPECT_TRUE(ledger.admit(make("2001:db8::/64", Action::throttle), at(3)))
      << "the other family has room of its own";
}

TEST_F(LedgerTest, CountsWhatShareOfAllAddressesAnActorDecidedAbout) {
  ASSERT_TRUE(ledger.admit(make("10.0.0.0/8", Action::block, 60, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("11.0.0.0/8", Action::block, 60, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("11.0.0.0/8", Action::block, 90, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("2001:db8::/32", Action::allow, 60, kAlice), at(0)));
  EXPECT_DOUBLE_EQ(ledger.share_of(kAlice, Ledger::Slot::denial, Family::ipv4), 2.0 / 256);
  EXPECT_DOUBLE_EQ(ledger.share_of(kAlice, Ledger::Slot::denial, Family::ipv6), 0);
  EXPECT_GT(ledger.share_of(kAlice, Ledger::Slot::allow, Family::ipv6), 0);
  EXPECT_DOUBLE_EQ(ledger.share_of(kBob, Ledger::Slot::denial, Family::ipv4), 0);
  ledger.expire(at(90));
  EXPECT_DOUBLE_EQ(ledger.share_of(kAlice, Ledger::Slot::denial, Family::ipv4), 0);
}

// ---- the wall clock is set ----

constexpr auto kYears = std::chrono::hours(24 * 3650);

TEST_F(LedgerTest, AClockThatWasSetLengthensNoDecisionAndShortensNone) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 3600), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.9", Action::allow), at(0)));
  ledger.follow_clock(Nanoseconds(0), at(0), at(5));
  // Ten years ahead for some seconds. A block is made before the step, and one after it.
  Decision before = make("192.0.2.2", Action::block, 3606);
  before.since = at(6);
  ASSERT_TRUE(ledger.admit(before, at(6)));
  Decision ahead = make("192.0.2.3", Action::block);
  ahead.since = at(8) + kYears;
  ahead.until = at(8 + 3600) + kYears;
  ASSERT_TRUE(ledger.admit(ahead, at(8) + kYears));
  ledger.follow_clock(kYears, at(5), at(10) + kYears);
  const auto until = [&](const char* address) {
    return ledger.find(source(address), Ledger::Slot::denial)->until;
  };
  EXPECT_EQ(until("192.0.2.1"), at(3600) + kYears);
  EXPECT_EQ(until("192.0.2.2"), at(3606) + kYears);
  EXPECT_EQ(until("192.0.2.3"), at(8 + 3600) + kYears) << "it was decided by the new time";
  // It is set back, and another one is made by the right time before that is noticed.
  Decision right = make("192.0.2.4", Action::block, 3612);
  right.since = at(12);
  ASSERT_TRUE(ledger.admit(right, at(12)));
  ledger.follow_clock(-kYears, at(10) + kYears, at(15));
  EXPECT_EQ(until("192.0.2.1"), at(3600));
  EXPECT_EQ(until("192.0.2.2"), at(3606));
  EXPECT_EQ(until("192.0.2.3"), at(8 + 3600));
  EXPECT_EQ(until("192.0.2.4"), at(3612));
  EXPECT_EQ(ledger.next_deadline(), at(3600));
  EXPECT_EQ(mirror.decisions.at({{source("192.0.2.3"), false}, {}}).until, at(8 + 3600))
      << "the store knows it too";
  EXPECT_EQ(ledger.expire(at(3700)), 5U);
}

TEST_F(LedgerTest, WhatAClockThatWasAheadLeftInTheStoreLastsAsLongAsItWasTo) {
  Decision ahead = make("192.0.2.3", Action::block);
  ahead.since = at(0) + kYears;
  ahead.until = at(3600) + kYears;
  ASSERT_TRUE(ledger.restore(ahead, at(100)));
  EXPECT_EQ(ledger.find(source("192.0.2.3"), Ledger::Slot::denial)->until, at(3700));
}

TEST_F(LedgerTest, AnAllowOverrulesADenialOfAnyLength) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.0/24", Action::allow, 3600, kAlice), at(0)));
  const auto overruled = ledger.admit(make("192.0.2.7", Action::block), at(0));
  EXPECT_EQ(overruled->outcome, Admission::Outcome::overruled);
  EXPECT_THAT(overruled->note, HasSubstr("without effect while 192.0.2.0/24 is allowed by operator alice"));
  EXPECT_EQ(ledger.covering(source("192.0.2.7")).front()->action, Action::allow);
}

// Every way in which a decision can fare: asked first, then put to the ledger.
TEST_F(LedgerTest, SaysBeforehandWhatItWouldDoAndChangesNothing) {
  Ledger ledger{LedgerLimits{5, 8}, Mode::enforce};
  ASSERT_TRUE(ledger.protect({{source("198.51.100.0/24"), "a management network"}}, at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.2", Action::block, 3600, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("203.0.113.0/24", Action::allow, 3600, kAlice), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.3", Action::throttle), at(0)));
  const std::vector<std::pair<Decision, std::string>> cases{
      {make("192.0.2.9", Action::block, 0), "is past"},
      {make("198.51.100.7", Action::block), "a management network"},
      {make("192.0.2.1", Action::block, 7200), "replaced"},
      {make("192.0.2.1", Action::throttle), "kept"},
      {make("192.0.2.2", Action::throttle, 7200),
       "overruled without effect while the block by operator alice"},
      {make("198.51.100.0/24", Action::allow, 7200, kAlice), "added"},
      {make("203.0.113.5", Action::block), "overruled"},  // and the last for which there is room
      {make("192.0.2.8", Action::block, 3600, kAlice), "the ledger is full, it holds 5 denials"},
      {make("192.0.2.8", Action::allow), "added"},
  };
  const auto said = [](const Result<Admission>& admitted) {
    if (!admitted) return admitted.error().message();
    constexpr std::array<std::string_view, 4> kOutcomes{"added", "replaced", "kept", "overruled"};
    return std::string(kOutcomes.at(static_cast<std::size_t>(admitted->outcome))) + " " + admitted->note;
  };
  for (const auto& [decision, expected] : cases) {
    const auto before = ledger.all().size();
    const auto refused = ledger.refused();
    const std::string beforehand = said(ledger.would_admit(decision, at(0)));
    EXPECT_THAT(beforehand, HasSubstr(expected)) << decision.source.to_string();
    EXPECT_EQ(ledger.all().size(), before);
    EXPECT_EQ(ledger.refused(), refused) << "to ask is not to be refused";
    EXPECT_EQ(said(ledger.admit(decision, at(0))), beforehand) << decision.source.to_string();
  }
}

TEST_F(LedgerTest, CoveringPutsAllowsFirstThenTheStrictestThenTheMostSpecific) {
  ASSERT_TRUE(ledger.admit(make("10.0.0.0/8", Action::block), at(0)));
  ASSERT_TRUE(ledger.admit(make("10.1.0.0/16", Action::throttle), at(0)));
  ASSERT_TRUE(ledger.admit(make("10.1.2.3", Action::block), at(0)));
  ASSERT_TRUE(ledger.admit(make("10.1.0.0/16", Action::allow), at(0)));
  std::vector<std::string> order;
  for (const Decision* d : ledger.covering(source("10.1.2.3"))) {
    order.push_back(d->source.to_string() + " " + std::string(to_string(d->action)));
  }
  EXPECT_THAT(order, ::testing::ElementsAre("10.1.0.0/16 allow", "10.1.2.3 block", "10.0.0.0/8 block",
                                            "10.1.0.0/16 throttle"));
  EXPECT_TRUE(ledger.covering(source("11.0.0.1")).empty());
  EXPECT_TRUE(ledger.covering(source("2001:db8::1")).empty());
}

TEST_F(LedgerTest, ProtectedNetworksAreAllowedAndNeverDenied) {
  ASSERT_TRUE(ledger.admit(make("198.51.100.0/24", Action::block), at(0)));
  ASSERT_TRUE(ledger.protect({{source("198.51.100.7"), "this host's own address"}}, at(0)));
  EXPECT_EQ(ledger.find(source("198.51.100.0/24"), Ledger::Slot::denial), nullptr)
      << "the block that hit it is gone";
  EXPECT_EQ(mirror.entries.size(), 1U);

  EXPECT_EQ(ledger.admit(make("198.51.100.0/24", Action::block), at(0)).error().message(),
            "198.51.100.0/24 is not to be blocked: it covers 198.51.100.7 (this host's own address)");
  EXPECT_FALSE(ledger.admit(make("198.51.100.7", Action::throttle, 60, kAlice), at(0)));
  EXPECT_TRUE(ledger.admit(make("198.51.100.8", Action::block), at(0)));
  EXPECT_TRUE(ledger.withdraw(source("198.51.100.7"), Ledger::Slot::allow, Ending::withdrawn).empty())
      << "nobody takes the protection away by hand";

  ASSERT_TRUE(ledger.protect({}, at(0)));
  EXPECT_TRUE(ledger.admit(make("198.51.100.7", Action::block), at(0)));
  EXPECT_EQ(ledger.size(Ledger::Slot::allow), 0U);
}

// As many trusted proxies as a large network of caches has, beyond the room that there is for allows.
TEST_F(LedgerTest, OfSeveralProtectedNetworksTheFirstIsNamed) {
  ASSERT_TRUE(ledger.protect({{source("2001:db8::10"), "this host's own address"},
                              {source("2001:db8::1"), "a default gateway"},
                              {source("2001:db8::/32"), "a management network"}},
                             at(0)));
  EXPECT_EQ(ledger.protected_by(source("2001:db8::/64"))->what, "this host's own address");
  EXPECT_EQ(ledger.protected_by(source("2001:db8::1"))->what, "a default gateway");
  EXPECT_EQ(ledger.protected_by(source("2001:db8::2"))->what, "a management network");
  EXPECT_EQ(ledger.protected_by(source("2001:db9::1")), nullptr);
}

TEST_F(LedgerTest, ProtectedNetworksBeyondTheRoomAreCountedOnceAndStillNotDenied) {
  Ledger small({500, 80}, Mode::enforce);
  std::vector<Ledger::Protected> networks = {{source("192.0.2.1"), "this host's own address"}};
  for (int i = 0; i < 40'000; ++i)
    networks.push_back({source(fmt::format("{}.{}.0.0/24", 20 + i / 256, i % 256)), "a trusted proxy", true});
  const auto outcome = small.protect(networks, at(0));
  ASSERT_FALSE(outcome);
  // A sixteenth of the room of the family is left to operators.
  EXPECT_EQ(small.size(Ledger::Slot::allow), 75U);
  EXPECT_EQ(small.protected_without_allow(), 39'926U);
  EXPECT_THAT(outcome.error().message(), HasSubstr("39926 protected networks have no allow"));
  const auto refused = small.refused();
  EXPECT_EQ(refused, 39'926U);
  EXPECT_FALSE(small.protect(networks, at(5)));
  EXPECT_EQ(small.refused(), refused) << "each is counted once";
  EXPECT_TRUE(small.admit(make("203.0.113.7", Action::allow, 60, kAlice), at(5))) << "an operator has room";
  for (const char* proxy : {"20.0.0.1", "20.255.0.7", "100.0.0.0/8", "176.63.0.255"})
    EXPECT_FALSE(small.admit(make(proxy, Action::block), at(5))) << proxy;
  EXPECT_TRUE(small.admit(make("20.0.1.1", Action::block), at(5)));
  networks.resize(50);
  EXPECT_TRUE(small.protect(networks, at(6)));
  EXPECT_EQ(small.protected_without_allow(), 0U);
  EXPECT_TRUE(small.admit(make("176.63.0.255", Action::block), at(6)));
}

TEST_F(LedgerTest, ProtectionThatASinkRefusesIsTriedAgainAndDeniesNobodyMeanwhile) {
  ASSERT_TRUE(ledger.admit(make("198.51.100.7", Action::block), at(0)));
  mirror.refuse = "the table is full";
  const Ledger::Protected address{source("198.51.100.7"), "this host's own address"};
  EXPECT_THAT(ledger.protect({address}, at(0)).error().message(), HasSubstr("the table is full"));
  EXPECT_EQ(ledger.find(source("198.51.100.7"), Ledger::Slot::denial), nullptr);
  mirror.refuse.clear();
  EXPECT_FALSE(ledger.admit(make("198.51.100.7", Action::block), at(0)));
  ASSERT_TRUE(ledger.protect({address}, at(0)));
  EXPECT_NE(ledger.find(source("198.51.100.7"), Ledger::Slot::allow), nullptr);
}

TEST_F(LedgerTest, ObserveArmsNoDenialAndEnforceArmsThemAll) {
  Ledger watching({100, 100}, Mode::observe);
  Mirror sink;
  mirror_in(watching, sink);
  ASSERT_TRUE(watching.admit(make("192.0.2.1", Action::block), at(0)));
  ASSERT_TRUE(watching.admit(make("192.0.2.2", Action::allow), at(0)));
  EXPECT_FALSE(sink.entries.at({source("192.0.2.1"), false}).armed);
  EXPECT_TRUE(sink.entries.at({source("192.0.2.2"), true}).armed) << "an allow harms nobody";
  ASSERT_TRUE(watching.set_mode(Mode::enforce));
  EXPECT_TRUE(sink.entries.at({source("192.0.2.1"), false}).armed);
  ASSERT_TRUE(watching.set_mode(Mode::observe));
  EXPECT_FALSE(sink.entries.at({source("192.0.2.1"), false}).armed);
}

TEST(Ledger, WhatCannotBeArmedIsEndedAndNotSaidToBeInForce) {
  Ledger ledger({100, 100}, Mode::observe);
  Mirror mirror;
  mirror_in(ledger, mirror);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  mirror.refuse = "the table is full";
  const auto armed = ledger.set_mode(Mode::enforce);
  ASSERT_FALSE(armed);
  EXPECT_EQ(armed.error().message(), "1 decisions could not be armed and are ended: the table is full");
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
  EXPECT_EQ(ledger.refused(), 1U);
}

// Random operations: the sinks always equal the ledger.
TEST(Ledger, SinksAndLedgerNeverDiffer) {
  std::mt19937 random(11);
  Ledger ledger({50, 20}, Mode::enforce);
  Mirror mirror;
  mirror.room = 45;
  mirror_in(ledger, mirror);
  std::int64_t now = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string network = "10.0.0." + std::to_string(random() % 80);
    switch (random() % 7) {
      case 0:
        (void)ledger.withdraw(source(network), random() % 2 == 0 ? Ledger::Slot::allow : Ledger::Slot::denial,
                              Ending::withdrawn);
        break;
      case 1:
        now += static_cast<std::int64_t>(random() % 40);
        (void)ledger.expire(at(now));
        break;
      case 2: {
        const auto step = static_cast<std::int64_t>(random() % 20);
        ledger.follow_clock(Seconds(step), at(now), at(now + step));
        now += step;
        break;
      }
      default: {
        const Action actions[] = {Action::allow, Action::throttle, Action::block};
        const Actor actors[] = {kAlice, kBob, Actor{}};
        Decision decision = make(network, actions[random() % 3],
                                 now + 1 + static_cast<std::int64_t>(random() % 400), actors[random() % 3]);
        decision.since = at(now);
        decision.forwarded = random() % 8 == 0;
        (void)ledger.admit(decision, at(now));
      }
    }
    const auto all = ledger.all();
    ASSERT_EQ(all.size(), mirror.decisions.size()) << i;
    std::map<Mirror::Key, const Decision*> strongest;
    for (const Decision* decision : all) {
      const auto known = mirror.decisions.find({Mirror::key_of(*decision), decision->actor});
      ASSERT_NE(known, mirror.decisions.end());
      ASSERT_EQ(known->second.until, decision->until);
      ASSERT_GT(decision->until, at(now) - Seconds(60));
      const Decision*& best = strongest[Mirror::key_of(*decision)];
      const auto rank = [&](const Decision& each) {
        return std::tuple(ledger.armed(each), each.action, each.until);
      };
      if (best == nullptr || rank(*decision) > rank(*best)) best = decision;
    }
    ASSERT_EQ(mirror.entries.size(), strongest.size()) << i;
    for (const auto& [key, best] : strongest) {
      const Mirror::Entry& entry = mirror.entries.at(key);
      ASSERT_EQ(entry.decision.action, best->action) << i;
      ASSERT_EQ(entry.armed, ledger.armed(*best)) << i;
    }
  }
}

}  // namespace
}  // namespace sluice::decisions::test
