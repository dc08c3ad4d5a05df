// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using pipeline::Action;
using pipeline::ActorKind;
using pipeline::Decision;
using pipeline::Ledger;
using pipeline::Mode;
using ::testing::Contains;
using ::testing::HasSubstr;

struct Unheard : pipeline::Witness {
  void on_finding(const pipeline::Finding&, Action) override {}
  void on_refusal(const Decision&, const Error&) override {}
  void on_offence(const pipeline::Offence&) override {}
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

struct ExplanationTest : ::testing::Test {
  Ledger ledger{pipeline::LedgerLimits(), Mode::enforce};
  Unheard unheard;
  pipeline::NoNames names;
  std::unique_ptr<pipeline::Pipeline> pipeline =
      *pipeline::Pipeline::create({}, std::make_shared<pipeline::Knowledge>(), names, {}, ledger, unheard);
  const Prefix source = *Prefix::parse("192.0.2.7");

  std::vector<std::string> sentences() {
    return what_would_change(ledger, *pipeline, ledger.covering(source), source, kNow);
  }
  std::string_view verdict() { return verdict_of(ledger, ledger.covering(source)); }
};

TEST_F(ExplanationTest, SaysWhatItTakesWhereNothingIsInForce) {
  EXPECT_EQ(verdict(), "pass");
  EXPECT_THAT(sentences(),
              Contains(HasSubstr("A score of 4.5 brings a throttle, 6.0 a block; it is 0.0 now.")));
}

TEST_F(ExplanationTest, SaysHowADenialEnds) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.0/24", Action::block, ActorKind::operator_, "alice"), kNow));
  EXPECT_EQ(verdict(), "drop");
  EXPECT_THAT(sentences(), Contains(HasSubstr("The block of 192.0.2.0/24 ends by itself at")));
  EXPECT_THAT(sentences(), Contains(HasSubstr("`sluicectl unblock 192.0.2.0/24`")));
  EXPECT_THAT(describe(*ledger.covering(source).front()),
              HasSubstr("blocked by 192.0.2.0/24, operator alice, until 2026-"));
}

TEST_F(ExplanationTest, AnAllowPassesWhateverElseStands) {
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::block, ActorKind::detector, ""), kNow));
  ASSERT_TRUE(ledger.admit(decision("192.0.0.0/16", Action::allow, ActorKind::operator_, "alice"), kNow));
  EXPECT_EQ(verdict(), "pass");
}

TEST_F(ExplanationTest, NeverSaysDropInObserveMode) {
  ASSERT_TRUE(ledger.set_mode(Mode::observe));
  ASSERT_TRUE(ledger.admit(decision("192.0.2.7", Action::block, ActorKind::detector, ""), kNow));
  EXPECT_EQ(verdict(), "pass");
  EXPECT_THAT(sentences(), Contains(HasSubstr("mode = \"enforce\" would arm this")));
}

TEST_F(ExplanationTest, SaysThatWhatIsProtectedCannotBeBlocked) {
  ASSERT_TRUE(ledger.protect({{source, "a default gateway"}}, kNow));
  EXPECT_THAT(sentences(),
              Contains(HasSubstr("192.0.2.7 is protected (a default gateway): it cannot be blocked.")));
}

}  // namespace
}  // namespace sluice::app
