// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/proxies.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/request_reader.h"

namespace sluice::intake {
namespace {

using Outcome = TrustedProxies::Outcome;

std::vector<Prefix> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Prefix> out;
  for (const std::string_view text : texts)
    out.push_back(Prefix::parse(text).value());
  return out;
}

struct Settled {
  std::string client;
  bool forwarded = false;
  Outcome outcome = Outcome::direct;
};

class Proxies : public testing::Test {
 protected:
  Settled settle(std::string_view peer, const ForwardingHeaders& hops,
                 ProxyHeader header = ProxyHeader::x_forwarded_for) {
    const TrustedProxies proxies(networks({"10.0.0.0/8", "2001:db8:1::/48", "192.0.2.128"}), header);
    detection::Request request;
    request.client = Address::parse(peer).value();
    const Outcome outcome = proxies.settle(request, hops);
    return {request.client.to_string(), request.forwarded, outcome};
  }
  Settled by_header(std::string_view value, std::string_view peer = "10.0.0.1") {
    ForwardingHeaders hops;
    hops.forwarded_for = value;
    return settle(peer, hops);
  }
  Settled by_forwarded(std::string_view value) {
    ForwardingHeaders hops;
    hops.forwarded = value;
    return settle("10.0.0.1", hops, ProxyHeader::forwarded);
  }
};

TEST_F(Proxies, AStrangersHeaderIsNotBelieved) {
  const Settled settled = by_header("198.51.100.9", "203.0.113.5");
  EXPECT_EQ(settled.client, "203.0.113.5");
  EXPECT_FALSE(settled.forwarded);
  EXPECT_EQ(settled.outcome, Outcome::direct);
}

TEST_F(Proxies, TheRightmostUntrustedHopIsTheVisitor) {
  EXPECT_EQ(by_header("198.51.100.9").client, "198.51.100.9");
  EXPECT_TRUE(by_header("198.51.100.9").forwarded);
  EXPECT_EQ(by_header("198.51.100.9, 203.0.113.5, 10.2.2.2,192.0.2.128").client, "203.0.113.5");
  EXPECT_EQ(by_header("\"; drop, 203.0.113.5").client, "203.0.113.5");
  EXPECT_EQ(by_header("203.0.113.5:4711").client, "203.0.113.5");
  EXPECT_EQ(by_header("[2001:db8::9]:443").client, "2001:db8::9");
  EXPECT_EQ(by_header("2001:db8::9, 2001:db8:1::1").client, "2001:db8::9");
  EXPECT_EQ(by_header("::ffff:203.0.113.5").client, "203.0.113.5");
}

TEST_F(Proxies, WithoutABelievableVisitorTheNearestHopIsTaken) {
  EXPECT_EQ(by_header("").client, "10.0.0.1");
  EXPECT_TRUE(by_header("").forwarded) << "nobody is held to account at the proxy's address";
  EXPECT_EQ(by_header("").outcome, Outcome::unnamed);
  EXPECT_EQ(by_header("198.51.100.9, unknown, 10.0.0.7").client, "10.0.0.7");
  EXPECT_EQ(by_header("198.51.100.9, unknown, 10.0.0.7").outcome, Outcome::broken);
  EXPECT_EQ(by_header("198.51.100.9,").client, "10.0.0.1");
  EXPECT_EQ(by_header("198.51.100.9,").outcome, Outcome::broken);
  EXPECT_EQ(by_header("10.0.0.3, 10.0.0.2").client, "10.0.0.3");
  EXPECT_TRUE(by_header("10.0.0.3, 10.0.0.2").forwarded);
}

TEST_F(Proxies, ForwardedIsReadAsItsRfcSays) {
  EXPECT_EQ(by_forwarded("for=192.0.2.43").client, "192.0.2.43");
  EXPECT_EQ(by_forwarded("For=\"[2001:db8:cafe::17]:4711\"").client, "2001:db8:cafe::17");
  EXPECT_EQ(by_forwarded("for=192.0.2.60;proto=http;by=203.0.113.43").client, "192.0.2.60");
  EXPECT_EQ(by_forwarded("proto=https; FOR=\"192.0.2.60:80\"").client, "192.0.2.60");
  EXPECT_EQ(by_forwarded("for=192.0.2.43, for=198.51.100.17;by=\"a,b\"").client, "198.51.100.17");
  EXPECT_EQ(by_forwarded("for=198.51.100.17, for=10.1.1.1").client, "198.51.100.17");
  EXPECT_EQ(by_forwarded("for=unknown").outcome, Outcome::broken);
  EXPECT_EQ(by_forwarded("for=_hidden, for=_SEVKISEK").outcome, Outcome::broken);
  EXPECT_EQ(by_forwarded("proto=http").outcome, Outcome::broken);
  // What a visitor left open cannot swallow what the proxy wrote.
  EXPECT_EQ(by_forwarded("for=\"198.51.100.1, for=198.51.100.17").client, "198.51.100.17");
  EXPECT_EQ(by_forwarded("for=\"198.51.100.1, for=\"[2001:db8::17]\"").client, "2001:db8::17");
}

TEST_F(Proxies, TheOtherHeaderIsNotLookedAt) {
  ForwardingHeaders hops;
  hops.forwarded_for = "198.51.100.9";
  hops.forwarded = "for=198.51.100.10";
  EXPECT_EQ(settle("10.0.0.1", hops, ProxyHeader::forwarded).client, "198.51.100.10");
  EXPECT_EQ(settle("10.0.0.1", hops, ProxyHeader::x_forwarded_for).client, "198.51.100.9");
}

TEST_F(Proxies, TheProxyProtocolIsTheFirstHop) {
  ForwardingHeaders hops;
  hops.proxy_client = Address::parse("203.0.113.5").value();
  hops.forwarded_for = "198.51.100.9";
  EXPECT_EQ(settle("10.0.0.1", hops).client, "203.0.113.5");
  hops.proxy_client = Address::parse("10.3.3.3").value();
  EXPECT_EQ(settle("10.0.0.1", hops).client, "198.51.100.9");
  EXPECT_EQ(settle("198.51.100.1", hops).client, "198.51.100.1");
}

TEST_F(Proxies, WhatTheServerHasMadeOutItselfIsKept) {
  ForwardingHeaders hops;
  hops.peer = Address::parse("10.0.0.1").value();
  hops.forwarded_for = "198.51.100.9";
  const Settled resolved = settle("203.0.113.5", hops);
  EXPECT_EQ(resolved.client, "203.0.113.5");
  EXPECT_TRUE(resolved.forwarded);
  hops.peer = Address::parse("203.0.113.5").value();
  EXPECT_FALSE(settle("203.0.113.5", hops).forwarded);
}

TEST_F(Proxies, WhereTheServerStoppedAtOneOfOursTheWalkGoesOn) {
  ForwardingHeaders hops;
  hops.peer = *Address::parse("10.0.0.1");
  hops.forwarded_for = "6.6.6.6, 203.0.113.9, 192.0.2.128";
  const Settled settled = settle("192.0.2.128", hops);
  EXPECT_EQ(settled.client, "203.0.113.9");
  EXPECT_TRUE(settled.forwarded);
}

TEST_F(Proxies, ThousandsOfHopsAreNotFollowed) {
  std::string header = "198.51.100.9";
  for (int i = 0; i < 1000; ++i)
    header += ", 10.0.0.1";
  EXPECT_EQ(by_header(header).client, "10.0.0.1");
}

TEST_F(Proxies, AreFoundAsTheirNetworksSay) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same networks in every run
  std::vector<Prefix> nets;
  const auto address = [&](bool v6) {
    if (!v6)
      return Address::from_v4(
          {10, static_cast<std::uint8_t>(random() % 4), static_cast<std::uint8_t>(random()), 1});
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[5] = static_cast<std::uint8_t>(random() % 4);
    bytes[9] = static_cast<std::uint8_t>(random());
    bytes[15] = static_cast<std::uint8_t>(random());
    return Address::from_v6(bytes);
  };
  for (int i = 0; i < 300; ++i) {
    const bool v6 = i % 2 == 0;
    nets.emplace_back(address(v6), v6 ? 74 + random() % 55 : 22 + random() % 11);
  }
  const TrustedProxies proxies(nets, ProxyHeader::x_forwarded_for);
  int inside = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Address probe = address(i % 2 == 0);
    const bool expected = std::ranges::any_of(nets, [&](const Prefix& net) { return net.contains(probe); });
    ASSERT_EQ(proxies.contains(probe), expected) << probe.to_string();
    inside += expected ? 1 : 0;
  }
  EXPECT_GT(inside, 100);
  EXPECT_LT(inside, 19'900);
  EXPECT_TRUE(TrustedProxies(networks({"::/0"}), {}).contains(Address::parse("ffff::1").value()));
  EXPECT_FALSE(TrustedProxies().contains(Address::parse("10.0.0.1").value()));
}

TEST(RequestReader, CountsWhatCameThroughProxies) {
  const auto proxies =
      std::make_shared<const TrustedProxies>(networks({"10.0.0.0/8"}), ProxyHeader::x_forwarded_for);
  auto reader = RequestReader::create(
      {.format = formats::kNginx, .pattern = R"($remote_addr $msec "$request" "$http_x_forwarded_for")"},
      proxies);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->read(R"(10.0.0.1 1 "GET / HTTP/1.1" "198.51.100.9")")->client.to_string(),
            "198.51.100.9");
  EXPECT_EQ(reader->read(R"(10.0.0.1 1 "GET / HTTP/1.1" "nonsense")")->client.to_string(), "10.0.0.1");
  EXPECT_EQ(reader->read(R"(203.0.113.5 1 "GET / HTTP/1.1" "198.51.100.9")")->client.to_string(),
            "203.0.113.5");
  EXPECT_FALSE(reader->read("nonsense"));
  EXPECT_EQ(reader->read(R"(10.0.0.1 1 "GET / HTTP/1.1" "-")")->client.to_string(), "10.0.0.1");
  EXPECT_EQ(reader->counters().forwarded, 3U);
  EXPECT_EQ(reader->counters().unnamed, 1U);
  EXPECT_EQ(reader->counters().broken_chains, 1U);
  EXPECT_EQ(reader->counters().lines, 5U);
  EXPECT_EQ(reader->counters().requests, 4U);
}

TEST(RequestReader, CutsALongListOfPeopleAtAComma) {
  auto reader =
      RequestReader::create({.format = formats::kNginx,
                             .pattern = R"($remote_addr $msec "$request" "$sent_http_x_sluice_subjects")"},
                            nullptr);
  ASSERT_TRUE(reader);
  const auto subjects = [&](const std::string& list) {
    const std::string line = R"(192.0.2.7 1 "GET / HTTP/1.1" ")" + list + "\"";
    return std::string(reader->read(line)->subjects);
  };
  std::string fits;
  while (fits.size() + 5 <= kMaxSubjectsBytes)
    fits += "1234,";
  EXPECT_EQ(subjects(fits), fits);
  EXPECT_EQ(reader->counters().subjects_cut, 0U);
  EXPECT_EQ(subjects(fits + "12345"), fits.substr(0, fits.size() - 1)) << "no half a name";
  EXPECT_EQ(subjects(std::string(kMaxSubjectsBytes, 'a')), std::string(kMaxSubjectsBytes, 'a'));
  EXPECT_EQ(subjects(std::string(kMaxSubjectsBytes, 'a') + ",b"), std::string(kMaxSubjectsBytes, 'a'));
  EXPECT_EQ(subjects(std::string(kMaxSubjectsBytes + 1, 'a')), "");
  EXPECT_EQ(reader->counters().subjects_cut, 3U);
}

}  // namespace
}  // namespace sluice::intake
