// SPDX-License-Identifier: Apache-2.0
// The heuristics about who a client is, each with a trace that must fire and a human trace that must not.
#include <array>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/clients/tls/hello_builder.h"
#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using State = NameOracle::State;

constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36";
constexpr std::string_view kFirefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
constexpr std::string_view kGooglebot =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

// One client before one detector, with what its log line holds. Time moves by `wait`.
class Client {
 public:
  Client(Detector& detector, std::string_view address, std::string_view agent)
      : detector_(detector), address_(*Address::parse(address)) {
    request.client = address_;
    request.method = "GET";
    request.protocol = "HTTP/1.1";
    request.status = 200;
    request.user_agent = agent;
    request.fields = {LogField::referer, LogField::user_agent, LogField::accept_language};
  }

  void wait(int seconds) { now_ += seconds; }
  void get(std::string_view target) {
    request.time = at(now_);
    request.target = target;
    (void)detector_.observe(request);
  }
  // Fetches pages and nothing else.
  void fetch(int pages) {
    for (int i = 0; i < pages; ++i) {
      get("/news/" + std::to_string(i));
      wait(10);
    }
  }
  // Reads as a browser: what the page pulls in, a referer, a language.
  void browse(int pages, int assets = 5) {
    for (int i = 0; i < pages; ++i) {
      request.referer = i == 0 ? "" : "https://example.org/";
      request.accept_language = "de";
      get("/news/" + std::to_string(i));
      for (int j = 0; j < assets; ++j)
        get("/assets/" + std::to_string(j) + ".css");
      wait(10);
    }
  }
  void hello(const Bytes& bytes) {
    Hello hello;
    hello.time = at(now_);
    hello.client = address_;
    hello.bytes = bytes;
    hello.whole = true;
    detector_.observe(hello);
  }

  [[nodiscard]] Finding finding() const { return detector_.evaluate(detector_.identify(address_), at(now_)); }
  [[nodiscard]] std::optional<Signal> signal(std::string_view heuristic) const {
    for (const Signal& signal : finding().signals) {
      if (signal.heuristic == heuristic) return signal;
    }
    return std::nullopt;
  }

  Request request;

 private:
  Detector& detector_;
  Address address_;
  std::int64_t now_ = 0;
};

// Ten people, so that the detector knows how the site's browsers load its pages.
void accustom(Detector& detector, int assets = 5) {
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), i % 2 == 0 ? kChrome : kFirefox);
    person.browse(40, assets);
  }
}

// ---- user_agent ----

TEST(UserAgent, WeighsWhatAClientCallsItself) {
  struct Case {
    std::string_view agent;
    double weight;
    std::string_view text;
  };
  const UserAgentOptions defaults;
  const std::array<Case, 6> cases = {{
      {"", defaults.weight, "sends no user agent"},
      {"curl/8.5.0", defaults.weight, "calls itself curl: a library"},
      {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 "
       "Safari/537.36",
       defaults.max_weight, "calls itself HeadlessChrome"},
      {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
       "+https://openai.com/gptbot)",
       defaults.max_weight, "calls itself GPTBot: a collector"},
      {"sqlmap/1.8", defaults.max_weight, "a scanner"},
      {"Mozilla/5.0 (Windows NT 13.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
       defaults.weight, "a version of Windows that does not exist"},
  }};
  for (const Case& c : cases) {
    Detector detector = test::detector();
    Client client(detector, "192.0.2.7", c.agent);
    client.fetch(1);
    const auto signal = client.signal("user_agent");
    ASSERT_TRUE(signal) << c.agent;
    EXPECT_EQ(signal->cause, Cause::client);
    EXPECT_EQ(signal->weight, c.weight) << c.agent;
    EXPECT_THAT(signal->text, HasSubstr(c.text));
  }
}

TEST(UserAgent, IsSilentOnBrowsersAndOnRobotsThatSayWhatTheyAre) {
  for (const std::string_view agent :
       {kChrome, kFirefox, kGooglebot, std::string_view("UptimeRobot/2.0; http://www.uptimerobot.com/"),
        std::string_view("Feedly/1.0 (+http://www.feedly.com/fetcher.html)")}) {
    Detector detector = test::detector();
    Client client(detector, "192.0.2.7", agent);
    client.fetch(30);
    EXPECT_FALSE(client.signal("user_agent")) << agent;
  }
}

TEST(UserAgent, IsSilentWhereTheLogDoesNotTell) {
  Detector detector = test::detector();
  Client client(detector, "192.0.2.7", "");
  client.request.fields = {};
  client.fetch(30);
  EXPECT_FALSE(client.signal("user_agent"));
}

TEST(UserAgent, AListAloneWeighsLittle) {
  auto known = std::make_shared<Knowledge>();
  known->agents.push_back({{{"acme", "Acme", AgentClass::scanner}}, {}});
  Detector detector = test::detector({}, known);
  const std::string agent = std::string(kChrome) + " Acme/1";
  Client client(detector, "192.0.2.7", agent);
  client.fetch(1);
  const auto signal = client.signal("user_agent");
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->weight, UserAgentOptions().list_weight);
}

TEST(UserAgent, FiresOnWhoIsAnotherBrowserWithEveryPage) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", "");
  for (int i = 0; i < 40; ++i) {
    const std::string agent = std::string(kChrome) + " x" + std::to_string(i % 7);
    bot.request.user_agent = agent;
    bot.fetch(1);
  }
  const auto signal = bot.signal("user_agent");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, HasSubstr("changed its user agent 39 times in 40 pages"));
}

TEST(UserAgent, IsSilentOnAnOfficeBehindOneAddress) {
  Detector detector = test::detector();
  accustom(detector);
  Client office(detector, "192.0.2.7", "");
  for (int i = 0; i < 200; ++i) {
    const std::string agent =
        i % 10 == 0 ? "curl/8.5.0" : std::string(kChrome) + " x" + std::to_string(i % 30);
    office.request.user_agent = agent;
    office.browse(1);
    ASSERT_LE(office.finding().score, UserAgentOptions().weight) << i;
    if (i > 10) {
      ASSERT_FALSE(office.signal("user_agent")) << i;
    }
  }
}

// ---- client_habits ----

TEST(ClientHabits, FiresOnALibraryThatClaimsABrowser) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", kChrome);
  bot.fetch(11);
  EXPECT_FALSE(bot.signal("client_habits")) << "a dozen pages first";
  bot.fetch(1);
  const auto signal = bot.signal("client_habits");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, AllOf(HasSubstr("Chrome 131"), HasSubstr("no assets and no icon"),
                                  HasSubstr("no referer"), HasSubstr("no language")));
  EXPECT_DOUBLE_EQ(signal->weight, 1.5 + 1.5 * 0.75);
  EXPECT_EQ(signal->cause, Cause::client);
}

TEST(ClientHabits, HttpOneAloneCountsWhereTheSiteSpeaksTwo) {
  Detector detector = test::detector();
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), kChrome);
    person.request.protocol = "HTTP/2.0";
    person.browse(40);
  }
  Client bot(detector, "192.0.2.7", kChrome);
  bot.request.accept_language = "en";
  bot.fetch(12);
  const auto signal = bot.signal("client_habits");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, HasSubstr("no referer, HTTP/1.1 alone"));
}

TEST(ClientHabits, IsSilentOnPeople) {
  Detector detector = test::detector();
  accustom(detector);
  Client person(detector, "192.0.2.7", kFirefox);
  person.browse(60);
  EXPECT_EQ(person.finding().score, 0);
}

TEST(ClientHabits, IsSilentOnAPhoneWithCopiesOfAllAssets) {
  Detector detector = test::detector();
  accustom(detector);
  Client phone(detector, "192.0.2.7", kChrome);
  phone.browse(40, 0);
  EXPECT_FALSE(phone.signal("client_habits"));
}

TEST(ClientHabits, IsSilentWhereAssetsAndLanguagesAreNotSeen) {
  Detector detector = test::detector();
  // A cache answers for the assets, and the log writes no languages.
  for (int i = 0; i < 10; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1), kChrome);
    person.request.fields = {LogField::referer, LogField::user_agent};
    person.browse(40, 0);
  }
  Client person(detector, "192.0.2.7", kChrome);
  person.request.fields = {LogField::referer, LogField::user_agent};
  person.fetch(40);  // and this one was told to send no referer
  EXPECT_FALSE(person.signal("client_habits"));
}

TEST(ClientHabits, OneScraperDoesNotBecomeTheSite) {
  Detector detector = test::detector();
  accustom(detector);
  Client bot(detector, "192.0.2.7", kChrome);
  bot.fetch(5000);
  EXPECT_TRUE(bot.signal("client_habits"));
}

// ---- crawler ----

// What DNS says in a test.
class Zone final : public NameOracle {
 public:
  Names names_of(const Address& address) override {
    ++asked;
    const auto found = names.find(address.to_string());
    return found != names.end() ? found->second : Names{};
  }
  Addresses addresses_of(std::string_view name, Family) override {
    const auto found = addresses.find(std::string(name));
    return found != addresses.end() ? found->second : Addresses{};
  }

  std::map<std::string, Names> names;
  std::map<std::string, Addresses> addresses;
  int asked = 0;
};

std::shared_ptr<const Knowledge> crawlers() {
  auto known = std::make_shared<Knowledge>();
  known->crawlers.push_back({"googlebot", "Googlebot/", {"(^|\\.)googlebot\\.example$"}, {}, false});
  known->crawlers.push_back({"gptbot", "GPTBot/", {}, {*Prefix::parse("203.0.113.0/24")}, true});
  return known;
}

constexpr std::string_view kGptBot =
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)";

TEST(Crawler, FiresOnOneThatIsNotWhoItSays) {
  Detector detector = test::detector({}, crawlers());
  Client fake(detector, "192.0.2.7", kGptBot);
  fake.fetch(3);
  const auto signal = fake.signal("crawler");
  ASSERT_TRUE(signal);
  EXPECT_THAT(signal->text, HasSubstr("says it is gptbot, but 192.0.2.7 is in none of the 1 ranges"));
  EXPECT_EQ(signal->cause, Cause::disguise);
  EXPECT_FALSE(fake.signal("user_agent")) << "a lie says nothing of what it names";
  EXPECT_LT(fake.finding().score, PolicyOptions().throttle_score);
  for (int i = 0; i < 130; ++i)
    fake.get("/people/" + std::to_string(i * 7919 % 100'003));
  EXPECT_GE(fake.finding().score, PolicyOptions().block_score);
}

TEST(Crawler, OneThatIsVerifiedIsOutOfScope) {
  Detector detector = test::detector({}, crawlers());
  Client bot(detector, "203.0.113.9", kGptBot);
  for (int i = 0; i < 500; ++i)
    bot.get("/people/" + std::to_string(i));
  const Finding finding = bot.finding();
  EXPECT_TRUE(finding.signals.empty());
  EXPECT_EQ(finding.score, 0);
  EXPECT_THAT(finding.exempt,
              HasSubstr("a verified crawler: it is gptbot: 203.0.113.9 is in 203.0.113.0/24"));
  // Its address is no other's because it says something else now.
  bot.request.user_agent = kChrome;
  bot.get("/people/1");
  EXPECT_FALSE(bot.finding().exempt.empty());
  bot.wait(86'400 + 1);
  EXPECT_TRUE(bot.finding().exempt.empty()) << "a day later it may be another's";
}

TEST(Crawler, DnsIsAskedOnceInAWhileAndNotWaitedFor) {
  Zone zone;
  Detector detector = test::detector({}, crawlers(), &zone);
  Client bot(detector, "192.0.2.7", kGooglebot);
  for (int i = 0; i < 10; ++i)
    bot.get("/news/1");
  EXPECT_EQ(zone.asked, 1);
  EXPECT_FALSE(bot.signal("crawler"));
  zone.names["192.0.2.7"] = {State::known, {"crawl-7.googlebot.example"}};
  zone.addresses["crawl-7.googlebot.example"] = {State::known, {*Address::parse("192.0.2.7")}};
  bot.wait(3);
  bot.get("/news/1");
  EXPECT_EQ(zone.asked, 2);
  EXPECT_THAT(bot.finding().exempt, HasSubstr("crawl-7.googlebot.example"));
  bot.get("/news/1");
  EXPECT_EQ(zone.asked, 2);
}

TEST(Crawler, AFailedLookUpIsNoLie) {
  Detector detector = test::detector({}, crawlers());  // every look-up fails
  Client bot(detector, "192.0.2.7", kGooglebot);
  bot.fetch(50);
  EXPECT_FALSE(bot.signal("crawler"));
  EXPECT_TRUE(bot.finding().exempt.empty()) << "a name alone earns nothing";
}

TEST(Crawler, IsSilentOnOneOfAnOfficeWhoPlaysWithHisBrowser) {
  Detector detector = test::detector({}, crawlers());
  Client office(detector, "192.0.2.7", kChrome);
  for (int i = 0; i < 20; ++i) {
    office.request.user_agent = kChrome;
    office.browse(3);
    office.request.user_agent = kGptBot;
    office.browse(1);
    ASSERT_FALSE(office.signal("crawler")) << i;
  }
}

// ---- tls_claim ----

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
  EXPECT_GE(bot.finding().score, PolicyOptions().block_score);
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
  EXPECT_LT(signal->weight + PageRateOptions().max_weight, PolicyOptions().throttle_score);
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
  EXPECT_LT(office.finding().score, PolicyOptions().throttle_score);
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
  EXPECT_EQ(record->profile->connections.hellos, 2U);
  EXPECT_EQ(record->profile->tls->fingerprint, ja4(*parse_client_hello(recorded_hello("curl"))));
}

}  // namespace
}  // namespace sluice::detection::test
