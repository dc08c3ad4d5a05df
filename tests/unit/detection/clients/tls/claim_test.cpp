// SPDX-License-Identifier: Apache-2.0
// Hellos that real clients sent (hellos/), against their own user agents and against those of others.
#include "daemon/detection/clients/tls/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/detection/clients/agents/classifier.h"
#include "tests/unit/detection/clients/tls/hello_builder.h"

namespace sluice::detection {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace test;  // NOLINT(google-build-using-namespace): the builder's small words

constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
constexpr std::string_view kEdge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70";
constexpr std::string_view kFirefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
constexpr std::string_view kSafari =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15";
constexpr std::string_view kPhone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
constexpr std::string_view kWebView =
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/131.0.6778.39 Mobile Safari/537.36";

ClaimCheck check(std::string_view agent, const Bytes& hello) {
  Classifier classifier({}, 1);
  return check_claim(classifier.classify(agent), parse_client_hello(hello).value());
}

// Everything that was recorded and is not a browser.
class Tool : public testing::TestWithParam<std::string_view> {};

TEST_P(Tool, IsWholeAndNoEvidenceUnderItsOwnName) {
  const auto hello = parse_client_hello(recorded_hello(GetParam()));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_FALSE(hello->has_grease());
  EXPECT_NE(check(recorded_agent(GetParam()), recorded_hello(GetParam())).verdict, ClaimVerdict::contradicts);
}

TEST_P(Tool, IsNoBrowserWhateverItClaims) {
  const Bytes hello = recorded_hello(GetParam());
  EXPECT_EQ(check(kChrome, hello).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kEdge, hello).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kSafari, hello).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kPhone, hello).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kFirefox, hello).verdict, ClaimVerdict::contradicts);
}

INSTANTIATE_TEST_SUITE_P(Claim, Tool,
                         testing::Values("curl", "wget", "requests", "aiohttp", "httpx", "urllib", "scrapy",
                                         "go", "node", "node-https", "lwp"),
                         [](const auto& tool) {
                           std::string name(tool.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST(Claim, BrowsersAreWhatTheySay) {
  for (const std::string_view name : {"chromium-headless", "firefox"}) {
    const ClaimCheck own = check(recorded_agent(name), recorded_hello(name));
    EXPECT_EQ(own.verdict, ClaimVerdict::consistent) << name << ": " << own.text;
    EXPECT_GE(own.rules, 3U);
  }
  EXPECT_EQ(check(kChrome, recorded_hello("chromium-headless")).verdict, ClaimVerdict::consistent);
  EXPECT_EQ(check(kEdge, recorded_hello("chromium-headless")).verdict, ClaimVerdict::consistent);
  EXPECT_EQ(check(kFirefox, recorded_hello("firefox")).verdict, ClaimVerdict::consistent);
}

TEST(Claim, OneBrowserIsNotTheOther) {
  EXPECT_EQ(check(kFirefox, recorded_hello("chromium-headless")).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kChrome, recorded_hello("firefox")).verdict, ClaimVerdict::contradicts);
  EXPECT_EQ(check(kSafari, recorded_hello("firefox")).verdict, ClaimVerdict::contradicts);
}

TEST(Claim, SaysWhyInWords) {
  const ClaimCheck curl = check(kChrome, recorded_hello("curl"));
  EXPECT_EQ(curl.rules, 3U);
  EXPECT_EQ(curl.broken, 3U);
  EXPECT_THAT(curl.text,
              AllOf(StartsWith("claims Chrome 131, but its TLS hello has no GREASE values (RFC 8701), which "
                               "Chrome has sent since version 55; it offers"),
                    HasSubstr("antivirus product or a company's proxy")));
  EXPECT_THAT(check(kEdge, recorded_hello("go")).text, StartsWith("claims Edge 131 (Chrome 131), but"));
  EXPECT_THAT(check(kPhone, recorded_hello("scrapy")).text, StartsWith("claims Safari on iOS 17, but"));
  EXPECT_THAT(
      check(kFirefox, recorded_hello("chromium-headless")).text,
      AllOf(HasSubstr("no record_size_limit"), HasSubstr("has GREASE"), Not(HasSubstr("encrypt_then_mac"))));
}

TEST(Claim, WhatIsNotKnownIsNoEvidence) {
  const Bytes curl = recorded_hello("curl");
  EXPECT_EQ(check("curl/7.88.1", curl).verdict, ClaimVerdict::unknown);
  EXPECT_EQ(check("", curl).verdict, ClaimVerdict::unknown);
  EXPECT_EQ(check(kWebView, curl).verdict, ClaimVerdict::unknown);
  // Browsers older than what is known of them.
  EXPECT_EQ(check("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 "
                  "(KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36",
                  curl)
                .verdict,
            ClaimVerdict::unknown);
  EXPECT_EQ(check("Mozilla/5.0 (Windows NT 5.1; rv:52.0) Gecko/20100101 Firefox/52.0", curl).verdict,
            ClaimVerdict::unknown);
  // WebKit, but not Apple's; Firefox where it may have another library.
  EXPECT_EQ(check("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 "
                  "(KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                  curl)
                .verdict,
            ClaimVerdict::unknown);
  EXPECT_EQ(check("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                  "Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15",
                  curl)
                .verdict,
            ClaimVerdict::unknown);
}

TEST(Claim, AHelloThatIsCutOffIsNoEvidence) {
  const Bytes curl = recorded_hello("curl");
  for (std::size_t size = 0; size < curl.size(); size += 7) {
    const Bytes part(curl.begin(), curl.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(check(kChrome, part).verdict, ClaimVerdict::unknown) << size;
  }
}

// Who switched TLS 1.3 off in Chrome still sends GREASE, and nothing that only TLS 1.3 has.
TEST(Claim, ABrowserWithoutTls13IsStillItself) {
  HelloBuilder builder;
  builder.ciphers = {0x3a3a, 0xc02b, 0xc02f};
  builder.with(0x5a5a, {}).with(10, vector(2, numbers({0x1a1a, 0x001d})));
  EXPECT_EQ(check(kChrome, builder.bytes()).verdict, ClaimVerdict::consistent);
}

}  // namespace
}  // namespace sluice::detection
