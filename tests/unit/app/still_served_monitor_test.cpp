// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/still_served_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using ::testing::HasSubstr;

struct CauseTest : ::testing::Test {
  decisions::StillServed::Source source;
  WaysOfService ways;

  CauseTest() {
    source.client = *Address::parse("192.0.2.7");
    ways.filtered_ports = {80, 443};
    ways.filtered_interfaces = {"eth0"};
  }
  std::string cause() { return cause_of(source, ways).text; }
};

TEST_F(CauseTest, AProxyIsNamedFirst) {
  source.forwarded = true;
  ways.ports = {8080};
  EXPECT_THAT(cause(), HasSubstr("through a trusted proxy"));
}

TEST_F(CauseTest, APortThatIsNotFiltered) {
  ways.ports = {443, 8080};
  ways.interfaces = {"eth0"};
  EXPECT_EQ(cause(), "it is served at port 8080, which is not filtered");
  EXPECT_THAT(cause_of(source, ways).remedy, HasSubstr("filter.ports"));
  ways.all_ports = true;
  EXPECT_THAT(cause(), HasSubstr("a port and an interface that are filtered"));
}

TEST_F(CauseTest, AnInterfaceThatIsNotFiltered) {
  ways.ports = {443};
  ways.interfaces = {"eth1"};
  EXPECT_EQ(cause(), "it comes in at eth1, which is not filtered");
}

TEST_F(CauseTest, AFilterThatIsGone) {
  ways.filtered_interfaces.clear();
  EXPECT_EQ(cause(), "no interface is filtered");
}

TEST_F(CauseTest, AnAddressThatNobodyIsConnectedFrom) {
  EXPECT_THAT(cause(), HasSubstr("takes its address from a header"));
  EXPECT_THAT(cause_of(source, ways).remedy, HasSubstr("proxies.trusted"));
  source.client = *Address::parse("192.0.2.0");
  EXPECT_THAT(cause(), HasSubstr("masked address"));
}

}  // namespace
}  // namespace sluice::app
