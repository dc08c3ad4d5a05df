// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/undeclared_proxy_detector.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

// `agents` different user agents, in turn.
void send(UndeclaredProxyDetector& detector, std::string_view client, int requests, int agents,
          bool forwarded = false) {
  for (int i = 0; i < requests; ++i) {
    const std::string agent = "Mozilla/5.0 (" + std::to_string(i % agents) + ")";
    detection::Request request;
    request.client = *Address::parse(client);
    request.user_agent = agent;
    request.forwarded = forwarded;
    detector.note(request);
  }
}

TEST(UndeclaredProxyDetector, FindsTheAddressThatSpeaksForMany) {
  UndeclaredProxyDetector detector;
  send(detector, "10.0.0.1", 600, 40);
  for (int i = 1; i <= 100; ++i)
    send(detector, "192.0.2." + std::to_string(i), 4, 1);
  const auto suspect = detector.suspect();
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->address, "10.0.0.1");
  EXPECT_NEAR(suspect->share, 0.6, 0.05);
  EXPECT_GE(suspect->agents, 20);
}

TEST(UndeclaredProxyDetector, AVisitorWhoAsksForMuchIsNone) {
  UndeclaredProxyDetector detector;
  send(detector, "192.0.2.7", 2'000, 3);
  EXPECT_FALSE(detector.suspect());
}

TEST(UndeclaredProxyDetector, AFewRequestsSayNothing) {
  UndeclaredProxyDetector detector;
  send(detector, "10.0.0.1", 499, 40);
  EXPECT_FALSE(detector.suspect());
}

TEST(UndeclaredProxyDetector, RequestsThroughAKnownProxyAreItsVisitors) {
  UndeclaredProxyDetector detector;
  send(detector, "10.0.0.1", 1'000, 40, true);
  EXPECT_FALSE(detector.suspect());
}

TEST(UndeclaredProxyDetector, AProxyThatIsDeclaredIsSuspectedNoLonger) {
  UndeclaredProxyDetector detector;
  send(detector, "10.0.0.1", 600, 40);
  const std::array others{*Prefix::parse("10.0.1.0/24")};
  detector.forget(others);
  EXPECT_TRUE(detector.suspect());
  const std::array proxies{*Prefix::parse("10.0.0.0/24")};
  detector.forget(proxies);
  EXPECT_FALSE(detector.suspect());
  send(detector, "10.0.5.1", 600, 40);
  ASSERT_TRUE(detector.suspect());
  EXPECT_EQ(detector.suspect()->address, "10.0.5.1");
}

}  // namespace
}  // namespace sluice::app
