// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/explanation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::ActorKind;
using decisions::Decision;
using decisions::Ledger;
using decisions::Mode;
using ::testing::Contains;
using ::testing::HasSubstr;

struct Unheard : decisions::PipelineObserver {
  void on_finding(const detection::Finding&, Action) override {}
  void on_refusal(const Decision&, const Error&) override {}
  void on_block(const detection::BlockHistory&) override {}
};

const WallTime kNow{Seconds(1'790'000'000)};

Decision decision(const char* source, Action action, ActorKind who, const char* name) {
  Decision decision;
  decision.source = *Prefix::parse(source);
  decision.action = action;
  decision.since = kNow;
  decision.until = kNow + Seconds(3600);
  decision.actor = {who, name};
  return decision;
}

std::shared_ptr<detection::Knowledge> with_a_crawler() {
  auto knowledge = std::make_shared<detection::Knowledge>();
  knowledge->crawlers.push_back({"acmebot", "acmebot/", {}, {*Prefix::parse("192.0.2.0/24")}, true});
  return knowledge;
}

struct ExplanationTest : ::testing::Test {
  explicit ExplanationTest(decisions::LedgerLimits limits = {}) : ledger(limits, Mode::enforce) {}

  Ledger ledger;
  Unheard unheard;
  detection::NoNames names;
  std::shared_ptr<detection::Knowledge> knowledge = with_a_crawler();
  std::unique_ptr<decisions::Pipeline> pipeline =
      *decisions::Pipeline::create({}, knowledge, names, {}, ledger, unheard);
  const Prefix source = *Prefix::parse("192.0.2.7");

  std::vector<std::string> sentences() {
    return what_would_change(ledger, *pipeline, ledger.covering(source), source, kNow);
  }
  void asks(const char* client, std::string_view user_agent, std::string_view target = "/people/1") {
    detection::Request request;
    request.time = kNow;
    request.client = *Address::parse(client);
    request.target = target;
    request.status = 200;
    request.user_agent = user_agent;
    request.fingerprint = "t13d1516h2_8daaf6152771_02713d6af862";
    request.fields = {detection::LogField::user_agent, detection::LogField::fingerprint};
    (void)pipeline->observe(request, kNow);
  }
  control::Verdict verdict() { return verdict_of(ledger, ledger.covering(source)); }
};

TEST_F(ExplanationTest, SaysWhatItTakesWhereNothingIsInForce) {
  EXPECT_EQ(verdict(), control::Verdict::pass);
  EXPECT_THAT(sentences(),
              Contains(HasSubstr("A score of 4.5 brings a throttle, 6.0 a block; it is 0.0 now.")));
}

struct FullLedgerTest : ExplanationTest {
  FullLedgerTest() : ExplanationTest({.denials = 1, .allows = 1}) {}
};

TEST_F(FullLedgerTest, SaysWhyAScraperIsNotDenied) {
  ASSERT_TRUE(ledger.admit(decision("198.51.100.1", Action::block, ActorKind::operator_, "alice"), kNow));
  for (int i = 0; i < 400; ++i)
    asks("192.0.2.7", "python-requests/2.31", fmt::format("/people/{}", i));
  EXPECT_EQ(verdict(), control::Verdict::pass);
  EXPECT_THAT(
      sentences(),
      Contains(HasSubstr("No decision can be made: 192.0.2.7: the ledger is full, it holds 1 denials")));
}

TEST_F(ExplanationTest, SaysHowADenialEnds) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.0/24", Action::block, ActorKind::operator_, "alice"), kNow));
  EXPECT_EQ(verdict(), control::Verdict::drop);
  EXPECT_THAT(sentences(), Contains(HasSubstr("The block of 192.0.2.0/24 ends by itself in 1h.")));
  EXPECT_THAT(sentences(), Contains(HasSubstr("`sluicectl unblock 192.0.2.0/24`")));
  EXPECT_THAT(describe(*ledger.covering(source).front()),
              HasSubstr("blocked by 192.0.2.0/24, operator alice, until 2026-"));
}

TEST_F(ExplanationTest, AnAllowPassesWhateverElseStands) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::block, ActorKind::detector, ""), kNow));
  ASSERT_TRUE(ledger.admit(decision("192.0.0.0/16", Action::allow, ActorKind::operator_, "alice"), kNow));
  EXPECT_EQ(verdict(), control::Verdict::pass);
}

TEST_F(ExplanationTest, NeverSaysDropInObserveMode) {
  ASSERT_TRUE(ledger.set_mode(Mode::observe));
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::block, ActorKind::detector, ""), kNow));
  EXPECT_EQ(verdict(), control::Verdict::pass);
  EXPECT_THAT(sentences(), Contains(HasSubstr("mode = \"enforce\" would arm this")));
}

TEST_F(ExplanationTest, SaysThatWhatIsProtectedCannotBeBlocked) {
  ASSERT_TRUE(ledger.protect({{source, "a default gateway"}}, kNow));
  EXPECT_THAT(sentences(),
              Contains(HasSubstr("192.0.2.7 is protected (a default gateway): it cannot be blocked.")));
}

TEST_F(ExplanationTest, SaysWhoAClientIs) {
  asks("198.51.100.7", "acmebot/1.0");
  const auto known = known_of(*pipeline, *Prefix::parse("198.51.100.7"), kNow);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->user_agent, "acmebot/1.0");
  EXPECT_EQ(known->agent_class, "unknown");
  EXPECT_EQ(known->fingerprint, "t13d1516h2_8daaf6152771_02713d6af862");
  EXPECT_THAT(known->crawler, HasSubstr("says it is acmebot, but 198.51.100.7 is in none of the"));
  EXPECT_EQ(known->exempt, "");
  EXPECT_GT(known->score, 0);
}

TEST_F(ExplanationTest, AVerifiedCrawlerIsLetGo) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::throttle, ActorKind::detector, ""), kNow));
  asks("192.0.2.7", "acmebot/1.0");
  EXPECT_EQ(verdict(), control::Verdict::pass);
  EXPECT_THAT(sentences(), ::testing::ElementsAre(
                               HasSubstr("Nothing is decided about it: a verified crawler: it is acmebot")));
  const auto known = known_of(*pipeline, source, kNow);
  ASSERT_TRUE(known);
  EXPECT_THAT(known->exempt, HasSubstr("192.0.2.7 is in 192.0.2.0/24, which its operator publishes"));
}

TEST_F(ExplanationTest, WhatAnOperatorDecidedOfAVerifiedCrawlerStays) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::block, ActorKind::operator_, "alice"), kNow));
  asks("192.0.2.7", "acmebot/1.0");
  EXPECT_EQ(verdict(), control::Verdict::drop);
}

}  // namespace
}  // namespace sluice::app
