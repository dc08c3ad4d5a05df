// SPDX-License-Identifier: Apache-2.0
// robots.txt as RFC 9309 reads it, with its examples' cases, and texts that mean harm.
#include "daemon/detection/site/robots_rules.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RobotsRules parse(std::string_view text) {
  std::vector<std::string> faults;
  auto rules = RobotsRules::parse(text, faults);
  EXPECT_THAT(faults, IsEmpty());
  return rules;
}

bool disallows(const RobotsRules& rules, std::string_view agent, std::string_view target) {
  const auto* group = rules.group_for(agent);
  return group != nullptr && group->disallows(target);
}

TEST(RobotsRules, SpeakToTheOneWhoIsNamedAndElseToAnybody) {
  const auto rules = parse(R"(
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/
User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
)");
  EXPECT_TRUE(disallows(rules, "Other/1.0", "/a/b.gif"));
  EXPECT_FALSE(disallows(rules, "Other/1.0", "/a/b.gif?x"));
  EXPECT_TRUE(disallows(rules, "Other/1.0", "/example/"));
  EXPECT_FALSE(disallows(rules, "Other/1.0", "/publications/1"));
  EXPECT_TRUE(disallows(rules, "Mozilla/5.0 (compatible; FooBot/2.1; +http://foo)", "/anything"));
  EXPECT_FALSE(disallows(rules, "FooBot/2.1", "/example/page.html"));
  EXPECT_TRUE(disallows(rules, "barbot", "/example/page.html"));
  EXPECT_TRUE(disallows(rules, "BAZBOT/1", "/example/page.html"));
  EXPECT_FALSE(disallows(rules, "bazbot/1", "/example/other.gif"));
  EXPECT_FALSE(disallows(rules, "quxbot", "/example/"));    // a group of its own, without rules
  EXPECT_TRUE(disallows(rules, "foobotany", "/example/"));  // another word
  EXPECT_FALSE(disallows(rules, "foobotany", "/x"));
}

TEST(RobotsRules, TheLongestMatchCountsAndOfEqualOnesTheOneThatAllows) {
  const auto rules = parse(
      "user-agent: *\ndisallow: /p\nallow: /page\ndisallow: /page/*/private$\nallow: /x\ndisallow: /x\n");
  EXPECT_TRUE(disallows(rules, "a", "/pa"));
  EXPECT_FALSE(disallows(rules, "a", "/page/1"));
  EXPECT_TRUE(disallows(rules, "a", "/page/1/2/private"));
  EXPECT_FALSE(disallows(rules, "a", "/page/1/2/private/x"));
  EXPECT_FALSE(disallows(rules, "a", "/x"));
}

TEST(RobotsRules, GroupsOfOneNameAreOne) {
  const auto rules = parse(
      "User-agent: a\nDisallow: /1\n\nUser-agent: b\nDisallow: "
      "/2\n\nUser-agent: A\nDisallow: /3\nCrawl-delay: 2.5\n");
  EXPECT_TRUE(disallows(rules, "a", "/1"));
  EXPECT_TRUE(disallows(rules, "a", "/3"));
  EXPECT_FALSE(disallows(rules, "a", "/2"));
  EXPECT_DOUBLE_EQ(rules.group_for("a")->crawl_delay(), 2.5);
  EXPECT_EQ(rules.group_for("c"), nullptr);
}

TEST(RobotsRules, TheFileItselfIsNeverDisallowed) {
  EXPECT_FALSE(disallows(parse("user-agent: *\ndisallow: /"), "a", "/robots.txt"));
}

TEST(RobotsRules, WildcardsInEveryPlace) {
  const auto rules = parse(
      "user-agent: *\ndisallow: /a*b*c$\ndisallow: "
      "/**q\ndisallow: /end*$\ndisallow: /only$\ndisallow: *?sort=\n");
  EXPECT_TRUE(disallows(rules, "x", "/abc"));
  EXPECT_TRUE(disallows(rules, "x", "/abcabc"));
  EXPECT_FALSE(disallows(rules, "x", "/abcd"));
  EXPECT_FALSE(disallows(rules, "x", "/ac"));
  EXPECT_TRUE(disallows(rules, "x", "/zzq1"));
  EXPECT_TRUE(disallows(rules, "x", "/ending"));
  EXPECT_TRUE(disallows(rules, "x", "/only"));
  EXPECT_FALSE(disallows(rules, "x", "/only/"));
  EXPECT_TRUE(disallows(rules, "x", "/list?sort=name"));
}

TEST(RobotsRules, ReadWhatCanBeReadAndSkipTheRest) {
  const auto rules = parse(
      "\xef\xbb\xbf# note\r\nUser-agent : * # all\rnonsense\r\nDisallow\t:\t/a b # c\nDisallow:\nDisallow: "
      "nowhere\nSitemap: /x\nAllow: /\0z\nCrawl-delay: fast\n");
  EXPECT_TRUE(disallows(rules, "x", "/a b"));
  EXPECT_FALSE(disallows(rules, "x", "/b"));
  EXPECT_FALSE(disallows(rules, "x", "nowhere"));
  EXPECT_EQ(rules.group_for("x")->crawl_delay(), 0);
  EXPECT_TRUE(parse("").empty());
  EXPECT_TRUE(parse("Disallow: /").empty());  // for nobody
}

TEST(RobotsRules, BoundsAreTold) {
  std::vector<std::string> faults;
  std::string text = "user-agent: *\n";
  for (int i = 0; i < 3000; ++i)
    text += "disallow: /" + std::to_string(i) + "\n";
  (void)RobotsRules::parse(text, faults);
  EXPECT_THAT(faults, ElementsAre("1000 entries beyond 2000 rules and 500 user agents are left out"));
  faults.clear();
  (void)RobotsRules::parse(std::string(600 * 1024, '\n'), faults);
  EXPECT_THAT(faults, ElementsAre("what stands after the first 500 KiB is left out, as robots do"));
}

TEST(RobotsRules, AHostilePatternCostsNoMoreThanItsLength) {
  std::string stars = "/";
  for (int i = 0; i < 900; ++i)
    stars += "*a";
  const auto rules = parse("user-agent: *\ndisallow: " + stars + "$\n");
  EXPECT_FALSE(disallows(rules, "x", "/" + std::string(1900, 'a') + "b"));
  EXPECT_TRUE(disallows(rules, "x", "/" + std::string(1900, 'a')));
}

}  // namespace
}  // namespace sluice::detection
