// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host_addresses.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/skip.h"

namespace sluice::test {
namespace {

class HostAddressesTest : public testing::Test {
 protected:
  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    host_ = std::make_unique<NetworkNamespace>();
    peer_ = std::make_unique<NetworkNamespace>();
    join(*host_, "eth0", *peer_, "peer0");
    host_->ip("addr add 192.0.2.10/24 dev eth0");
    host_->ip("addr add 2001:db8::10/64 dev eth0 nodad");
    path_ = "/tmp/sluice-resolv-" + std::to_string(getpid());
    std::ofstream(path_)
        << "# nameserver 203.0.113.99\nsearch example.org\nnameserver 198.51.100.53\n"
           "nameserver\t2001:db8:53::1 ; second\nnameserver fe80::1%eth0\nnameserver nonsense\n"
           "nameservers 203.0.113.98\noptions edns0\n";
  }
  void TearDown() override {
    if (!path_.empty()) unlink(path_.c_str());
  }

  // "network: what", or "" where the network is not among them.
  [[nodiscard]] std::string what(const std::string& network) const {
    const auto found = host_->run([&] { return kernel::host_addresses(path_); });
    if (!found) return found.error().message();
    const auto at = std::ranges::find(*found, *Prefix::parse(network), &decisions::Ledger::Protected::network);
    return at == found->end() ? "" : at->what;
  }

  std::unique_ptr<NetworkNamespace> host_;
  std::unique_ptr<NetworkNamespace> peer_;
  std::string path_;
};

TEST_F(HostAddressesTest, NamesWhatTheHostNeeds) {
  EXPECT_EQ(what("127.0.0.0/8"), "loopback");
  EXPECT_EQ(what("::1"), "loopback");
  EXPECT_EQ(what("169.254.0.0/16"), "link-local");
  EXPECT_EQ(what("fe80::/10"), "link-local");
  EXPECT_EQ(what("192.0.2.10"), "this host's own address, on eth0");
  EXPECT_EQ(what("2001:db8::10"), "this host's own address, on eth0");
  EXPECT_EQ(what("198.51.100.53"), "a resolver in " + path_);
  EXPECT_EQ(what("2001:db8:53::1"), "a resolver in " + path_);
  EXPECT_EQ(what("fe80::1"), "a resolver in " + path_);
  EXPECT_EQ(what("203.0.113.99"), "") << "a comment";
  EXPECT_EQ(what("203.0.113.98"), "") << "another word";
}

TEST_F(HostAddressesTest, FindsTheDefaultGatewaysOfBothFamilies) {
  EXPECT_EQ(what("192.0.2.1"), "");
  host_->ip("route add default via 192.0.2.1");
  host_->ip("-6 route add default via 2001:db8::1 dev eth0");
  host_->ip("route add 203.0.113.0/24 via 192.0.2.7");
  EXPECT_EQ(what("192.0.2.1"), "a default gateway");
  EXPECT_EQ(what("2001:db8::1"), "a default gateway");
  EXPECT_EQ(what("192.0.2.7"), "") << "not of a default route";
}

TEST_F(HostAddressesTest, FindsTheGatewaysOfAMultipathRouteAndOfTheOtherFamily) {
  host_->ip("route add default nexthop via 192.0.2.3 weight 1 nexthop via 192.0.2.4 weight 2");
  host_->ip("-6 route add default nexthop via 2001:db8::3 dev eth0 nexthop via 2001:db8::4 dev eth0");
  host_->ip("route add default via inet6 fe80::9 dev eth0 metric 500");
  EXPECT_EQ(what("192.0.2.3"), "a default gateway");
  EXPECT_EQ(what("192.0.2.4"), "a default gateway");
  EXPECT_EQ(what("2001:db8::3"), "a default gateway");
  EXPECT_EQ(what("2001:db8::4"), "a default gateway");
  EXPECT_EQ(what("fe80::9"), "a default gateway");
}

TEST_F(HostAddressesTest, ReadsManyRoutes) {
  host_->ip("route add default via 192.0.2.1 metric 4000");
  const std::string batch = path_ + ".routes";
  {
    std::ofstream file(batch);
    for (int i = 0; i < 5'000; ++i)
      file << "route add 10." << i / 256 << '.' << i % 256 << ".0/24 via 192.0.2.7\n";
  }
  host_->ip("-batch " + batch);
  unlink(batch.c_str());
  EXPECT_EQ(what("192.0.2.1"), "a default gateway");
}

TEST_F(HostAddressesTest, AMissingResolvConfNamesNone) {
  unlink(path_.c_str());
  EXPECT_EQ(what("192.0.2.10"), "this host's own address, on eth0");
  EXPECT_EQ(what("198.51.100.53"), "");
}

}  // namespace
}  // namespace sluice::test
