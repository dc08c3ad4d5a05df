// SPDX-License-Identifier: Apache-2.0
// The browser that a user agent names, against the program that speaks TLS.
#include <cstddef>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/client.h"
#include "tests/unit/detection/clients/tls/hello_builder.h"

namespace sluice::detection::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(TlsClaim, FiresOnALibraryUnderABrowsersName) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", kChrome);
  bot.hello(recorded_hello("requests"));
  bot.fetch(11);
  EXPECT_FALSE(bot.signal("tls_claim")) << "a dozen pages first";
  bot.fetch(1);
  const auto signal = bot.signal("tls_claim");
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->weight, TlsClaimOptions().max_weight) << "it loads nothing but its pages";
  EXPECT_EQ(signal->cause, Cause::disguise);
  EXPECT_THAT(signal->text, AllOf(HasSubstr("claims Chrome 131, but its TLS hello"), HasSubstr("antivirus")));
  for (int i = 0; i < 130; ++i)
    bot.get("/people/" + std::to_string(i * 7919 % 100'003));
  EXPECT_GE(bot.finding().score, decisions::PolicyOptions().block_score);
}

TEST(TlsClaim, WeighsLittleWhereTheSitesAssetsAreNotSeen) {
  Detector detector = test::detector();
  Client office(detector, "192.0.2.7", kChrome);
  office.hello(recorded_hello("curl"));  // of a proxy that opens its people's TLS
  for (int i = 0; i < 1000; ++i)
    office.fetch(1);
  const auto signal = office.signal("tls_claim");
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->weight, TlsClaimOptions().weight);
  EXPECT_LT(signal->weight + PageRateOptions().max_weight, decisions::PolicyOptions().throttle_score);
}

TEST(TlsClaim, IsSilentOnTheBrowserItself) {
  Detector detector = test::detector();
  Client chrome(detector, "192.0.2.7", kChrome);
  chrome.hello(recorded_hello("chromium-headless"));
  chrome.fetch(20);
  EXPECT_FALSE(chrome.signal("tls_claim"));
  Client firefox(detector, "192.0.2.8", kFirefox);
  firefox.hello(recorded_hello("firefox"));
  firefox.fetch(20);
  EXPECT_FALSE(firefox.signal("tls_claim"));
}

TEST(TlsClaim, IsSilentWhereSeveralProgramsShareAnAddress) {
  Detector detector = test::detector();
  Client both(detector, "192.0.2.7", kChrome);
  both.hello(recorded_hello("firefox"));  // of the one whose page comes later
  both.fetch(5);
  both.hello(recorded_hello("chromium-headless"));
  both.fetch(1);
  both.hello(recorded_hello("firefox"));
  both.fetch(30);
  EXPECT_FALSE(both.signal("tls_claim"));
}

TEST(TlsClaim, AnOfficeBehindAProxyThatOpensTlsStaysBelowTheThrottleHoweverBusy) {
  Detector detector = test::detector();
  accustom(detector);
  Client office(detector, "192.0.2.7", kChrome);
  office.hello(recorded_hello("curl"));  // the proxy's library
  for (int i = 0; i < 1000; ++i) {
    office.browse(1);
    office.wait(-10);
  }
  const auto signal = office.signal("tls_claim");
  ASSERT_TRUE(signal);
  EXPECT_LT(signal->weight, 1.5);
  EXPECT_TRUE(office.signal("page_rate"));
  EXPECT_LT(office.finding().score, decisions::PolicyOptions().throttle_score);
}

TEST(TlsClaim, WhatWaitsIsBoundedAndWhatCannotBeReadIsCounted) {
  Detector detector = test::detector();
  const Bytes hello = recorded_hello("curl");
  for (int i = 0; i < 2000; ++i) {
    Client client(detector, fmt::format("10.0.{}.{}", i / 200, i % 200), kChrome);
    client.hello(hello);
  }
  EXPECT_EQ(detector.clients().hellos().size(), RecentHellos::kMost);
  EXPECT_EQ(detector.clients().hellos().forgotten(), 2000 - RecentHellos::kMost);
  Client client(detector, "192.0.2.7", kChrome);
  client.hello(text("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(detector.clients().hello_faults()[static_cast<std::size_t>(HelloPart::record)], 1U);
}

TEST(TlsClaim, CountsHellosAndKeepsTheFingerprint) {
  Detector detector = test::detector();
  Client client(detector, "192.0.2.7", kChrome);
  client.hello(recorded_hello("curl"));
  client.hello(recorded_hello("curl"));
  client.fetch(1);
  const SourceRecord* record = detector.find(source("192.0.2.7"));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->profile->tls->fingerprint, ja4(*parse_client_hello(recorded_hello("curl"))));
}

}  // namespace
}  // namespace sluice::detection::test
