// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

namespace sluice::detection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(AgentCatalogue, PatternsWithTags) {
  const auto catalogue = parse_agent_catalogue(R"([
    {"pattern": "Alpha\\/", "tags": ["search-engine"], "url": "https://example.org"},
    {"pattern": "beta", "tags": ["seo", "ai-crawler"]},
    {"pattern": "gamma", "tags": ["http-library", "scanner"]},
    {"pattern": "delta"},
    {"pattern": "probe", "tags": ["monitoring"]},
    {"pattern": "reader", "tags": ["feed-reader"]},
    {"pattern": "driven", "tags": ["browser-automation"]}])");
  ASSERT_TRUE(catalogue);
  EXPECT_THAT(catalogue->faults, IsEmpty());
  std::vector<AgentClass> classes;
  for (const AgentPattern& entry : catalogue->entries)
    classes.push_back(entry.agent_class);
  EXPECT_THAT(classes, ElementsAre(AgentClass::crawler, AgentClass::ai_crawler, AgentClass::scanner,
                                   AgentClass::crawler, AgentClass::uptime_probe, AgentClass::feed_reader,
                                   AgentClass::automation));
  EXPECT_EQ(catalogue->entries[0].pattern, R"(Alpha\/)");
}

TEST(AgentCatalogue, NamesAreWordsOfTheirOwn) {
  const auto catalogue = parse_agent_catalogue(R"({"Some.Bot/2": {"operator": "x"}})");
  ASSERT_TRUE(catalogue);
  ASSERT_EQ(catalogue->entries.size(), 1U);
  EXPECT_EQ(catalogue->entries[0].name, "Some.Bot/2");
  EXPECT_EQ(catalogue->entries[0].agent_class, AgentClass::ai_crawler);
  const re2::RE2 pattern(catalogue->entries[0].pattern);
  EXPECT_TRUE(re2::RE2::PartialMatch("Mozilla/5.0 (compatible; some.bot/2; +http)", pattern));
  EXPECT_TRUE(re2::RE2::PartialMatch("SOME.BOT/2", pattern));
  EXPECT_FALSE(re2::RE2::PartialMatch("awesome.bot/2", pattern));
  EXPECT_FALSE(re2::RE2::PartialMatch("Some.Bot/27", pattern));
  EXPECT_FALSE(re2::RE2::PartialMatch("SomexBot/2", pattern));
}

TEST(AgentCatalogue, WhatIsNotAsItShouldBeIsNamed) {
  const auto patterns = parse_agent_catalogue(
      R"([{"pattern": "good"}, {"pattern": ""}, {"name": "x"}, 7, {"pattern": ["a"]}, {"pattern": ")" +
      std::string(513, 'a') + R"("}, {"pattern": "tags", "tags": "ai-crawler"}])");
  ASSERT_TRUE(patterns);
  EXPECT_EQ(patterns->entries.size(), 2U);
  EXPECT_THAT(patterns->faults,
              ElementsAre("entry 2: the pattern must have 1 to 512 bytes", "entry 3: has no text \"pattern\"",
                          "entry 4: has no text \"pattern\"", "entry 5: has no text \"pattern\"",
                          "entry 6: the pattern must have 1 to 512 bytes"));
  const auto names = parse_agent_catalogue(R"({"ab": {}, "abc": {}})");
  ASSERT_TRUE(names);
  EXPECT_EQ(names->entries.size(), 1U);
  EXPECT_THAT(names->faults, ElementsAre("'ab': a name must have 3 to 512 bytes"));
}

TEST(AgentCatalogue, OtherTextFails) {
  EXPECT_THAT(parse_agent_catalogue("").error().message(), HasSubstr("is not JSON"));
  EXPECT_THAT(parse_agent_catalogue("[1,").error().message(), HasSubstr("is not JSON"));
  EXPECT_THAT(parse_agent_catalogue(std::string(100, '[')).error().message(), HasSubstr("is not JSON"));
  EXPECT_THAT(parse_agent_catalogue("7").error().message(), HasSubstr("neither"));
}

}  // namespace
}  // namespace sluice::detection
