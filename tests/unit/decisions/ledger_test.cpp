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

// What a sink that mirrors the ledger ends up holding.
class Mirror : public DecisionSink {
 public:
  struct Entry {
    Decision decision;
    bool armed;
  };
  std::map<std::pair<Prefix, bool>, Entry> entries;  // by source and whether it is an allow
  std::vector<std::string> ended;
  std::string refuse;  // words of a refusal, while not empty
  std::size_t room = SIZE_MAX;

  Result<void> apply(const Decision& decision, bool armed) override {
    const std::pair key(decision.source, decision.action == Action::allow);
    if (!refuse.empty()) return Error(refuse);
    if (entries.size() >= room && !entries.contains(key)) return Error("the table is full");
    entries.insert_or_assign(key, Entry{decision, armed});
    return {};
  }
  void withdraw(const Decision& decision, Ending ending) override {
    ended.push_back(decision.source.to_string() + " " + std::string(to_string(ending)));
    if (ending != Ending::replaced) entries.erase({decision.source, decision.action == Action::allow});
  }
};

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

struct LedgerTest : ::testing::Test {
  Ledger ledger{LedgerLimits{4, 8}, Mode::enforce};
  Mirror mirror;
  LedgerTest() { ledger.add_sink(mirror); }
};

TEST_F(LedgerTest, MirrorsWhatBeginsAndEnds) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block, 60), at(0)));
  ASSERT_TRUE(ledger.admit(make("192.0.2.2", Action::throttle, 120), at(0)));
  EXPECT_EQ(mirror.entries.size(), 2U);
  EXPECT_EQ(ledger.next_deadline(), at(60));
  EXPECT_EQ(ledger.expire(at(59)), 0U);
  EXPECT_EQ(ledger.expire(at(60)), 1U);
  EXPECT_EQ(mirror.entries.size(), 1U);
  EXPECT_EQ(ledger.withdraw(source("192.0.2.2"), std::nullopt, Ending::withdrawn).size(), 1U);
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
    ASSERT_TRUE(ledger.admit(make("192.0.2." + std::to_string(i), Action::block), at(0)));
  }
  const auto refused = ledger.admit(make("192.0.2.9", Action::block), at(0));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("the ledger is full, it holds 4 denials"));
  EXPECT_EQ(ledger.refused(), 1U);
  EXPECT_TRUE(ledger.admit(make("192.0.2.9", Action::allow), at(0))) << "allows have room of their own";
}

// An import that fills the table must not make every later scraper safe.
TEST(LedgerReserve, IsTheDetectorsAndOfEachFamily) {
  Ledger ledger{LedgerLimits{.denials = 40, .allows = 8}, Mode::enforce};
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
  ledger.add_sink(second);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  const auto refused = ledger.admit(make("192.0.2.2", Action::block), at(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "the table is full");
  EXPECT_EQ(mirror.entries.size(), 1U) << "the sink before it takes it back";
  EXPECT_EQ(ledger.find(source("192.0.2.2"), Ledger::Slot::denial), nullptr);
}

TEST_F(LedgerTest, AReplacementThatASinkRefusesLeavesTheFormerInForce) {
  Mirror second;
  ledger.add_sink(second);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle), at(0)));
  second.refuse = "broken";
  ASSERT_FALSE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  EXPECT_EQ(ledger.find(source("192.0.2.1"), Ledger::Slot::denial)->action, Action::throttle);
  EXPECT_EQ(mirror.entries.begin()->second.decision.action, Action::throttle);
}

TEST_F(LedgerTest, TheStricterAndTheLongerReplace) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 900), at(0)));
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::throttle, 600), at(0))->outcome, Admission::Outcome::kept);
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::block, 600), at(0))->outcome,
            Admission::Outcome::replaced);
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::throttle, 9000), at(0))->outcome,
            Admission::Outcome::kept);
  EXPECT_EQ(ledger.find(source("192.0.2.1"), Ledger::Slot::denial)->action, Action::block);
  EXPECT_EQ(ledger.next_deadline(), at(600));
}

TEST_F(LedgerTest, AnOperatorsWordStandsAgainstTheDetector) {
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::throttle, 900, kAlice), at(0)));
  const auto kept = ledger.admit(make("192.0.2.1", Action::block, 9000), at(0));
  EXPECT_EQ(kept->outcome, Admission::Outcome::kept);
  EXPECT_THAT(kept->note, HasSubstr("the throttle by operator alice until"));
  EXPECT_EQ(ledger.admit(make("192.0.2.1", Action::throttle, 60, kAlice), at(0))->outcome,
            Admission::Outcome::replaced)
      << "operators may shorten";
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
      {make("192.0.2.2", Action::block, 7200), "kept"},
      {make("198.51.100.0/24", Action::allow, 7200, kAlice), "kept"},
      {make("203.0.113.5", Action::block), "overruled"},  // and the last for which there is room
      {make("192.0.2.8", Action::block), "the ledger is full, it holds 4 denials"},
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
  Ledger small({1000, 160}, Mode::enforce);
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
  watching.add_sink(sink);
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
  ledger.add_sink(mirror);
  ASSERT_TRUE(ledger.admit(make("192.0.2.1", Action::block), at(0)));
  mirror.refuse = "the table is full";
  const auto armed = ledger.set_mode(Mode::enforce);
  ASSERT_FALSE(armed);
  EXPECT_EQ(armed.error().message(), "1 decisions could not be armed and are ended: the table is full");
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
  EXPECT_EQ(ledger.refused(), 1U);
}

// Random operations against a plain model: the sink always equals the ledger.
TEST(Ledger, SinkAndLedgerNeverDiffer) {
  std::mt19937 random(11);
  Ledger ledger({50, 20}, Mode::enforce);
  Mirror mirror;
  mirror.room = 45;
  ledger.add_sink(mirror);
  std::int64_t now = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string network = "10.0.0." + std::to_string(random() % 80);
    switch (random() % 6) {
      case 0:
        (void)ledger.withdraw(source(network), std::nullopt, Ending::withdrawn);
        break;
      case 1:
        now += static_cast<std::int64_t>(random() % 40);
        (void)ledger.expire(at(now));
        break;
      default: {
        const Action actions[] = {Action::allow, Action::throttle, Action::block};
        (void)ledger.admit(
            make(network, actions[random() % 3], now + 1 + static_cast<std::int64_t>(random() % 400),
                 random() % 2 == 0 ? kAlice : Actor{}),
            at(now));
      }
    }
    const auto all = ledger.all();
    ASSERT_EQ(all.size(), mirror.entries.size()) << i;
    for (const Decision* decision : all) {
      const auto entry = mirror.entries.find({decision->source, decision->action == Action::allow});
      ASSERT_NE(entry, mirror.entries.end());
      ASSERT_EQ(entry->second.decision.until, decision->until);
      ASSERT_EQ(entry->second.decision.action, decision->action);
      ASSERT_GT(decision->until, at(now) - Seconds(40));
    }
  }
}

}  // namespace
}  // namespace sluice::decisions::test
