// SPDX-License-Identifier: Apache-2.0
// Clients that call themselves a crawler: genuine ones and false ones.
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/client.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_LT(fake.finding().score, decisions::PolicyOptions().throttle_score);
  for (int i = 0; i < 130; ++i)
    fake.get("/people/" + std::to_string(i * 7919 % 100'003));
  EXPECT_GE(fake.finding().score, decisions::PolicyOptions().block_score);
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
  zone.names["192.0.2.7"] = {NameOracle::State::known, {"crawl-7.googlebot.example"}};
  zone.addresses["crawl-7.googlebot.example"] = {NameOracle::State::known, {*Address::parse("192.0.2.7")}};
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

}  // namespace
}  // namespace sluice::detection::test
