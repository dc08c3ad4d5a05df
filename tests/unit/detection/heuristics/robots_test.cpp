// SPDX-License-Identifier: Apache-2.0
// What a source asks for against what robots.txt asks of it.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

Detector detector_with_robots(std::string_view text) {
  auto knowledge = std::make_shared<Knowledge>();
  std::vector<std::string> faults;
  knowledge->robots = RobotsRules::parse(text, faults);
  return test::detector({}, knowledge);
}

TEST(Robots, FiresOnWhoReadsAndDisobeys) {
  Detector detector = detector_with_robots("User-agent: *\nDisallow: /people/\n");
  Visitor crawler(detector);
  crawler.user_agent = kFirefox;  // says that it is a browser, but browsers do not read robots.txt
  crawler.get("/robots.txt");
  for (int i = 0; i < 6; ++i) {
    crawler.person(i * 331 % 4999);
    crawler.wait(30);
  }
  const Signal* signal = crawler.signal("robots");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::robots_txt);
  EXPECT_THAT(signal->text, HasSubstr("read robots.txt and then asked 6 times for what it disallows"));
  EXPECT_DOUBLE_EQ(signal->weight, 2.75);
}

TEST(Robots, FiresLessOnALibraryThatNeverReadsIt) {
  Detector detector = detector_with_robots("User-agent: *\nDisallow: /private/\n");
  Visitor script(detector);
  script.user_agent = "python-requests/2.32.3";
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(script.signal("robots"), nullptr) << "page " << i;
    script.person(i * 331 % 4999);
    script.wait(30);
  }
  const Signal* signal = script.signal("robots");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("asked for 30 pages and never for robots.txt"));
  EXPECT_DOUBLE_EQ(signal->weight, 0.75);
  for (int i = 0; i < 3; ++i)
    script.get("/private/" + std::to_string(i));
  signal = script.signal("robots");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("3 of them it disallows, last /private/2"));
  EXPECT_DOUBLE_EQ(signal->weight, 1.5);
}

TEST(Robots, FiresOnACrawlDelayIgnored) {
  Detector detector = detector_with_robots("User-agent: slowbot\nCrawl-delay: 10\n");
  Visitor crawler(detector);
  crawler.user_agent = "SlowBot/1.0 (+https://slowbot.example/)";
  crawler.get("/robots.txt");
  for (int i = 0; i < 40; ++i) {
    crawler.get("/news/" + std::to_string(i));
    crawler.wait(2);
  }
  const Signal* signal = crawler.signal("robots");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text,
              HasSubstr("a page every 2.0 s on average, where the robots.txt that it read asks for 10 s"));
}

TEST(Robots, IsSilentOnACrawlerThatObeys) {
  Detector detector = detector_with_robots("User-agent: *\nDisallow: /private/\nCrawl-delay: 10\n");
  Visitor crawler(detector);
  crawler.user_agent = "SlowBot/1.0 (+https://slowbot.example/)";
  crawler.get("/robots.txt");
  for (int i = 0; i < 100; ++i) {
    crawler.get("/news/" + std::to_string(i));
    crawler.wait(10);
  }
  EXPECT_EQ(crawler.signal("robots"), nullptr);
}

TEST(Robots, IsSilentOnPeopleWhoFollowLinksIntoWhatIsDisallowed) {
  Detector detector =
      detector_with_robots("User-agent: *\nDisallow: /search\nDisallow: /people/\nCrawl-delay: 60\n");
  Visitor person(detector);
  person.user_agent = kFirefox;
  for (int i = 0; i < 80; ++i) {
    person.browse("/search?q=" + std::to_string(i));
    person.wait(9);
    person.browse("/people/" + std::to_string(i * 331 % 4999));
    person.wait(30);
  }
  EXPECT_EQ(person.signal("robots"), nullptr);
}

TEST(Robots, IsSilentOnPeopleBesideARobotBehindOneAddress) {
  Detector detector = detector_with_robots("User-agent: *\nDisallow: /search\n");
  Visitor office(detector);
  for (int i = 0; i < 40; ++i) {
    office.user_agent = "SlowBot/1.0 (+https://slowbot.example/)";
    office.get(i == 0 ? "/robots.txt" : "/news/" + std::to_string(i));
    office.user_agent = kFirefox;
    office.browse("/search?q=" + std::to_string(i));
    office.wait(20);
  }
  EXPECT_EQ(office.signal("robots"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
