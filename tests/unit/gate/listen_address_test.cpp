// SPDX-License-Identifier: Apache-2.0
#include "daemon/gate/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gate {
namespace {

TEST(ListenAddress, TakesLoopbackAndSockets) {
  const auto v4 = parse_listen_address("127.0.0.1:9798");
  ASSERT_TRUE(v4);
  EXPECT_EQ(std::get<TcpEndpoint>(*v4).port, 9798);
  EXPECT_TRUE(parse_listen_address("127.8.0.1:1"));
  const auto v6 = parse_listen_address("[::1]:65535");
  ASSERT_TRUE(v6);
  EXPECT_EQ(std::get<TcpEndpoint>(*v6).address.family(), Family::ipv6);
  const auto path = parse_listen_address("/run/sluice/metrics.sock");
  ASSERT_TRUE(path);
  EXPECT_EQ(std::get<UnixEndpoint>(*path).path, "/run/sluice/metrics.sock");
}

TEST(ListenAddress, RefusesWhatOtherHostsCanReachAndWhatIsNone) {
  for (const char* wide : {"0.0.0.0:9798", "192.0.2.1:80", "[::]:80", "[2001:db8::1]:80"}) {
    const auto parsed = parse_listen_address(wide);
    ASSERT_FALSE(parsed) << wide;
    EXPECT_THAT(parsed.error().message(), ::testing::HasSubstr("can be reached from other hosts")) << wide;
  }
  for (const char* none : {"", "9798", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                           "127.0.0.1:8x", "::1:80", "localhost:80", "[127.0.0.1:80", "127.0.0.1:-1"}) {
    EXPECT_FALSE(parse_listen_address(none)) << none;
  }
  EXPECT_FALSE(parse_listen_address("/" + std::string(200, 'a')));
}

}  // namespace
}  // namespace sluice::gate
