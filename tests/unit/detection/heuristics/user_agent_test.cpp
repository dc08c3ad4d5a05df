// SPDX-License-Identifier: Apache-2.0
// What a client calls itself, and how often it changes that.
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>

#include "tests/unit/detection/client.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

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
      {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
       "(KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
       defaults.max_weight, "calls itself HeadlessChrome"},
      {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; "
       "compatible; GPTBot/1.2; +https://openai.com/gptbot)",
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

}  // namespace
}  // namespace sluice::detection::test
