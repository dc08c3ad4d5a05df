// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/role_bounds.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using control::Role;
using decisions::Action;
using decisions::Decision;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const WallTime kDecided{Seconds(1'790'000'000)};

Decision by_olga(const std::string& source, Action action, Seconds lasting) {
  Decision made;
  made.source = *Prefix::parse(source);
  made.action = action;
  made.since = kDecided;
  made.until = kDecided + lasting;
  made.actor = {decisions::ActorKind::operator_, "olga"};
  return made;
}

struct RoleBounds : ::testing::Test {
  config::ControlOptions bounds;
  decisions::Ledger ledger{{}, decisions::Mode::enforce};

  std::string fault(const std::string& source, Action action, Seconds lasting = Seconds(60),
                    Role role = Role::operator_) {
    return beyond_role({"olga", role}, bounds, ledger, by_olga(source, action, lasting), kDecided);
  }
};

TEST_F(RoleBounds, NetworksThatAreTooWideNeedAPolicyOwner) {
  for (const Action action : {Action::block, Action::throttle, Action::allow}) {
    EXPECT_THAT(fault("10.0.0.0/8", action), HasSubstr("wider than control.widest_ipv4 = 16"));
    EXPECT_THAT(fault("0.0.0.0/0", action), HasSubstr("wider than"));
    EXPECT_THAT(fault("::/0", action), HasSubstr("wider than control.widest_ipv6 = 32"));
    EXPECT_THAT(fault("10.0.0.0/16", action), IsEmpty());
    EXPECT_THAT(fault("2001:db8::/32", action), IsEmpty());
    EXPECT_THAT(fault("10.0.0.0/8", action, Seconds(60), Role::policy_owner), IsEmpty());
  }
}

TEST_F(RoleBounds, NothingOfAnOperatorLastsLongerThanTheLongest) {
  const Seconds year = bounds.max_for;
  for (const Action action : {Action::block, Action::allow}) {
    EXPECT_THAT(fault("192.0.2.7", action, year), IsEmpty());
    EXPECT_EQ(fault("192.0.2.7", action, year + Seconds(1)), "longer than control.max_for = \"365d\"");
  }
  EXPECT_THAT(fault("192.0.2.7", Action::block, year + Seconds(1), Role::policy_owner), HasSubstr("longer"));
  EXPECT_THAT(fault("192.0.2.7", Action::allow, year + Seconds(1), Role::policy_owner), IsEmpty());
}

TEST_F(RoleBounds, AllOfOneOperatorTogetherAreBoundedToo) {
  bounds.widest_together = 3;
  for (int i = 0; i < 3; ++i) {
    const std::string network = fmt::format("10.{}.0.0/16", i);
    ASSERT_THAT(fault(network, Action::block), IsEmpty());
    ASSERT_TRUE(ledger.admit(by_olga(network, Action::block, Seconds(60)), kDecided));
  }
  EXPECT_THAT(fault("10.3.0.0/24", Action::throttle),
              HasSubstr("all denials by operator olga together would cover more than"));
  EXPECT_THAT(fault("10.2.0.0/16", Action::block), IsEmpty()) << "what is there can be made anew";
  EXPECT_THAT(fault("10.3.0.0/16", Action::allow), IsEmpty()) << "allows have a bound of their own";
  EXPECT_THAT(fault("2001:db8::/32", Action::block), IsEmpty());
  EXPECT_THAT(fault("10.3.0.0/16", Action::block, Seconds(60), Role::policy_owner), IsEmpty());
}

}  // namespace
}  // namespace sluice::app
