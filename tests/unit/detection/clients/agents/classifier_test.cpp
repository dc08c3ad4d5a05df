// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kBrowser =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

AgentCatalogue catalogue(std::string_view json) {
  return parse_agent_catalogue(json).value();
}

TEST(Classifier, KnowsEachClassWithoutAFile) {
  Classifier classifier({}, 1);
  EXPECT_THAT(classifier.refused(), IsEmpty());
  const auto class_of = [&](std::string_view agent) { return classifier.classify(agent).agent_class; };
  EXPECT_EQ(class_of(""), AgentClass::empty);
  EXPECT_EQ(class_of("-"), AgentClass::empty);
  EXPECT_EQ(class_of("  "), AgentClass::empty);
  EXPECT_EQ(class_of(kBrowser), AgentClass::browser);
  EXPECT_EQ(class_of("curl/8.5.0"), AgentClass::library);
  EXPECT_EQ(class_of("Scrapy/2.11.0 (+https://scrapy.org)"), AgentClass::library);
  EXPECT_EQ(class_of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
                     "(KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36"),
            AgentClass::automation);
  EXPECT_EQ(class_of("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; "
                     "compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
            AgentClass::ai_crawler);
  EXPECT_EQ(class_of("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            AgentClass::crawler);
  EXPECT_EQ(class_of("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"),
            AgentClass::uptime_probe);
  EXPECT_EQ(class_of("Miniflux/2.0 (+https://miniflux.app)"), AgentClass::feed_reader);
  EXPECT_EQ(class_of("sqlmap/1.7 (https://sqlmap.org)"), AgentClass::scanner);
  EXPECT_EQ(class_of("Mozilla/5.0 (Windows NT 11.0) AppleWebKit/537.36 "
                     "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"),
            AgentClass::impossible);
  EXPECT_EQ(class_of("SomethingNew (+https://example.org/bot)"), AgentClass::crawler);
  EXPECT_EQ(class_of("SomethingNew/1.0"), AgentClass::unknown);
}

TEST(Classifier, ADrivenBrowserStillClaimsItsBrowser) {
  Classifier classifier({}, 1);
  const Agent agent = classifier.classify(
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
      "(KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36");
  EXPECT_EQ(agent.name, "HeadlessChrome");
  EXPECT_EQ(agent.claim.engine, Engine::blink);
  EXPECT_EQ(agent.claim.engine_major, 131);
  EXPECT_FALSE(agent.by_list);
}

TEST(Classifier, AFileSaysMoreAndIsMarked) {
  std::vector<AgentCatalogue> files;
  files.push_back(catalogue(R"([{"pattern": "Cubot", "tags": ["ai-crawler"]}, {"pattern": "^curl\\/7"}])"));
  files.push_back(catalogue(R"({"NewBot": {}})"));
  Classifier classifier(files, 1);
  const Agent phone = classifier.classify(
      "Mozilla/5.0 (Linux; Android 11; Cubot X30) AppleWebKit/537.36 "
      "(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36");
  EXPECT_EQ(phone.agent_class, AgentClass::ai_crawler);
  EXPECT_TRUE(phone.by_list);
  EXPECT_EQ(phone.claim.browser, Browser::chrome);
  EXPECT_EQ(classifier.classify("newbot/3").name, "NewBot");
  // What is built in knows better.
  const Agent curl = classifier.classify("curl/7.88.1");
  EXPECT_EQ(curl.agent_class, AgentClass::library);
  EXPECT_FALSE(curl.by_list);
}

TEST(Classifier, PatternsThatAreRefusedAreNamed) {
  Classifier classifier(
      {catalogue(R"j([{"pattern": "bot(?!tle)"}, {"pattern": "(a"}, {"pattern": "fine"}])j")}, 1);
  EXPECT_THAT(classifier.refused(),
              ElementsAre(HasSubstr("'bot(?!tle)': invalid perl operator"), HasSubstr("'(a': missing )")));
  EXPECT_EQ(classifier.classify("fine").agent_class, AgentClass::crawler);
}

TEST(Classifier, RemembersAndIsRightAfterForgetting) {
  Classifier classifier({}, 7);
  EXPECT_EQ(classifier.classify("curl/8").agent_class, AgentClass::library);
  EXPECT_EQ(classifier.classify("curl/8").agent_class, AgentClass::library);
  EXPECT_EQ(classifier.remembered(), 1U);
  for (std::size_t i = 0; i < Classifier::kRemembered * 3; ++i) {
    const std::string agent = "name " + std::to_string(i);
    EXPECT_EQ(classifier.classify(agent).agent_class, AgentClass::unknown);
  }
  EXPECT_EQ(classifier.classify("curl/8").agent_class, AgentClass::library);
  EXPECT_EQ(classifier.classify("").agent_class, AgentClass::empty);
}

TEST(Classifier, AnyBytesOfAnyLength) {
  Classifier classifier({}, 7);
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  EXPECT_EQ(classifier.classify(all).agent_class, AgentClass::unknown);
  EXPECT_EQ(classifier.classify(std::string(1U << 20U, 'x')).agent_class, AgentClass::unknown);
  EXPECT_EQ(classifier.classify(std::string(Classifier::kMaxBytes, 'x') + " HeadlessChrome/1").agent_class,
            AgentClass::unknown);
  EXPECT_EQ(classifier.out_of_memory(), 0U);
}

TEST(Classifier, CanBeMoved) {
  Classifier first({catalogue(R"({"abc": {}})")}, 7);
  Classifier second = std::move(first);
  EXPECT_EQ(second.classify("abc").name, "abc");
}

TEST(Classifier, EveryKindHasAName) {
  EXPECT_EQ(to_text(AgentClass::impossible), "impossible");
  EXPECT_EQ(to_text(AgentClass::ai_crawler), "ai_crawler");
  EXPECT_EQ(to_text(Browser::other), "another browser");
}

}  // namespace
}  // namespace sluice::detection
