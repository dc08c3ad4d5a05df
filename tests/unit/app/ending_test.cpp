// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/ending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Actor;
using decisions::ActorKind;
using decisions::Decision;
using decisions::Ledger;
using decisions::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const WallTime kBegin{Seconds(1'790'000'000)};
const Actor kDetector{ActorKind::detector, {}};
const Actor kAlice{ActorKind::operator_, "alice"};
const Actor kFail2ban{ActorKind::operator_, "alice via fail2ban"};

struct EndingTest : ::testing::Test {
  Ledger ledger{{}, Mode::enforce};
  control::Caller caller{"alice", control::Role::operator_};

  void decide(const char* source, Action action, const Actor& actor,
              WallTime until = kBegin + Seconds(3600)) {
    Decision decision;
    decision.source = *Prefix::parse(source);
    decision.action = action;
    decision.since = kBegin;
    decision.until = until;
    decision.reason = "a reason";
    decision.actor = actor;
    ASSERT_TRUE(ledger.admit(decision, kBegin));
  }
  control::UnblockAnswer end(const control::UnblockRequest& request) {
    return end_decisions(
        ledger, request, caller, [](const control::WrittenPrefix& written) { return written.prefix(); },
        decisions::Ending::withdrawn);
  }
  static control::UnblockRequest request(const char* name, const char* address) {
    control::UnblockRequest request = control::commands::Unblock::request_of(name);
    if (*address != '\0') request.addresses = {*control::WrittenPrefix::parse(address)};
    return request;
  }
};

TEST_F(EndingTest, UnblockEndsEverybodysDenialsAndNoAllow) {
  decide("192.0.2.7", Action::block, kDetector);
  decide("192.0.2.7", Action::throttle, kAlice);
  decide("192.0.2.7", Action::allow, kAlice, kForever);
  const auto answer = end(request("unblock", "192.0.2.7"));
  EXPECT_EQ(answer.ended, 2U);
  EXPECT_THAT(answer.results.front().ended, ElementsAre("block by detector", "throttle by operator alice"));
  EXPECT_EQ(answer.results.front().note, "it is allowed by operator alice: a reason");
  EXPECT_EQ(ledger.size(Ledger::Slot::allow), 1U);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
}

// The end of a program's ban ends nothing else.
TEST_F(EndingTest, AProgramEndsWhatItDecidedItself) {
  decide("192.0.2.7", Action::block, kDetector);
  decide("192.0.2.7", Action::block, kAlice);
  decide("192.0.2.7", Action::block, kFail2ban);
  auto asked = request("unblock", "192.0.2.7");
  asked.via = "fail2ban";
  const auto answer = end(asked);
  EXPECT_THAT(answer.results.front().ended, ElementsAre("block by operator alice via fail2ban"));
  EXPECT_EQ(answer.results.front().still_covered.size(), 2U);
  EXPECT_THAT(end(asked).results.front().ended, IsEmpty());
}

TEST_F(EndingTest, ByNamesAnActorOrAKind) {
  decide("192.0.2.7", Action::block, kDetector);
  decide("192.0.2.7", Action::block, kAlice);
  auto asked = request("unblock", "192.0.2.7");
  asked.by.kind = control::ActorKind::detector;
  EXPECT_THAT(end(asked).results.front().ended, ElementsAre("block by detector"));
  asked.by = {control::ActorKind::operator_, "bob"};
  EXPECT_THAT(end(asked).results.front().ended, IsEmpty());
  asked.by.name.clear();
  EXPECT_THAT(end(asked).results.front().ended, ElementsAre("block by operator alice"));
}

TEST_F(EndingTest, AllEndsWhatCoversItAndLiesWithinToo) {
  decide("192.0.2.0/24", Action::block, kAlice);
  decide("192.0.2.7", Action::block, kDetector);
  decide("192.0.3.7", Action::block, kDetector);
  auto asked = request("unblock", "192.0.2.7");
  EXPECT_THAT(end(asked).results.front().still_covered,
              ElementsAre(HasSubstr("blocked by 192.0.2.0/24, operator alice")));
  asked.all = true;
  const auto answer = end(asked);
  EXPECT_THAT(answer.results.front().ended, ElementsAre("block by operator alice of 192.0.2.0/24"));
  EXPECT_THAT(answer.results.front().still_covered, IsEmpty());
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 1U);
}

TEST_F(EndingTest, AllWithoutAddressesEndsEveryDenial) {
  decide("192.0.2.7", Action::block, kDetector);
  decide("2001:db8::/64", Action::throttle, kAlice);
  decide("198.51.100.1", Action::allow, kAlice);
  auto asked = request("unblock", "");
  asked.all = true;
  EXPECT_EQ(end(asked).ended, 2U);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
  EXPECT_EQ(ledger.size(Ledger::Slot::allow), 1U);
  EXPECT_EQ(control::role_of<control::commands::Unblock>(asked), control::Role::policy_owner);
}

TEST_F(EndingTest, DisallowEndsAllowsAndNoDenial) {
  decide("192.0.2.7", Action::block, kDetector);
  decide("192.0.2.7", Action::allow, kAlice);
  const auto answer = end(request("disallow", "192.0.2.7"));
  EXPECT_THAT(answer.results.front().ended, ElementsAre("allow by operator alice"));
  EXPECT_THAT(answer.results.front().still_covered, ElementsAre(HasSubstr("detector")))
      << "what is in effect from now on";
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 1U);
}

// Nobody ends what they could not make again.
TEST_F(EndingTest, AnAllowWithoutEndIsAPolicyOwnersToEnd) {
  decide("192.0.2.7", Action::allow, kAlice, kForever);
  const auto refused = end(request("disallow", "192.0.2.7"));
  EXPECT_THAT(refused.results.front().ended, IsEmpty());
  EXPECT_EQ(refused.results.front().note, "an allow without end is a policy owner's to end");
  caller.role = control::Role::policy_owner;
  EXPECT_EQ(end(request("disallow", "192.0.2.7")).ended, 1U);
}

TEST_F(EndingTest, TheProtectionIsNobodysToEnd) {
  caller.role = control::Role::policy_owner;
  ASSERT_TRUE(ledger.protect({{*Prefix::parse("192.0.2.7"), "a default gateway"}}, kBegin));
  const auto answer = end(request("disallow", "192.0.2.7"));
  EXPECT_THAT(answer.results.front().ended, IsEmpty());
  EXPECT_EQ(answer.results.front().note, "the allow by list protected stays: a default gateway");
}

}  // namespace
}  // namespace sluice::app
