// SPDX-License-Identifier: Apache-2.0
// The heuristics of how a client goes about it: each with a trace that must fire and a human trace that must
// not.
#include <string>

#include <gmock/gmock.h>

#include "daemon/pipeline/policy.h"
#include "daemon/pipeline/probes.h"
#include "tests/unit/pipeline/trace.h"

namespace sluice::pipeline::test {
namespace {

using ::testing::HasSubstr;

TEST(Probing, FiresOnAScannerOfPaths) {
  Detector detector = test::detector();
  Visitor scanner(detector);
  for (int i = 0; i < 48; ++i) {
    scanner.get("/old-" + std::to_string(i) + ".php", 404);
    scanner.wait(20);
  }
  const Signal* signal = scanner.signal("probing");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::probing);
  EXPECT_THAT(signal->text,
              HasSubstr("asked for 48 different pages that do not exist or are not shown (100 %"));
  EXPECT_THAT(signal->text, HasSubstr("last /old-47.php"));
  EXPECT_DOUBLE_EQ(signal->weight, 5.0);
}

TEST(Probing, FiresOnProbePathsAmongPagesThatExist) {
  Detector detector = test::detector();
  Visitor scanner(detector);
  for (int i = 0; i < 200; ++i)
    scanner.get("/news/" + std::to_string(i));
  for (const char* path : {"/.env", "/.git/config", "/blog/wp-login.php"})
    scanner.get(path, 404);
  const Signal* signal = scanner.signal("probing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(
      signal->text,
      HasSubstr(
          "asked 3 times for what only tools that look for weaknesses ask for, last /blog/wp-login.php"));
}

TEST(Probing, IsSilentOnAPhoneWhoseTouchIconsAreMissing) {
  Detector detector = test::detector();
  Visitor phone(detector);
  for (int i = 0; i < 20; ++i) {
    phone.get("/news/" + std::to_string(i),
              i % 5 == 0 ? 404 : 200);  // four dead links, the most of any person
    for (const char* size : {"", "-precomposed", "-120x120", "-120x120-precomposed", "-152x152"})
      phone.get("/apple-touch-icon" + std::string(size) + ".png", 404);
    phone.get("/favicon.ico", 404);
    phone.wait(30);
  }
  EXPECT_EQ(phone.signal("probing"), nullptr);
}

TEST(Probing, IsSilentOnAnOfficeThatMeetsDeadLinks) {
  Detector detector = test::detector();
  Visitor office(detector);
  for (int i = 0; i < 600; ++i) {
    office.browse("/news/" + std::to_string(i));
    if (i % 20 == 19) office.get("/gone/" + std::to_string(i), 404);
    office.wait(10);
  }
  EXPECT_EQ(office.signal("probing"), nullptr);
}

TEST(Probing, IsSilentOnTheAuthorsOfASiteThatRunsWordPress) {
  Detector detector = test::detector();
  Visitor author(detector);
  for (int i = 0; i < 30; ++i) {
    author.get("/wp-login.php");
    author.get("/wp-admin/", 302);
    author.get("/wp-includes/js/jquery.js");
    author.wait(600);
  }
  EXPECT_EQ(author.signal("probing"), nullptr);
}

TEST(Probing, GoesWithTheDay) {
  Detector detector = test::detector();
  Visitor visitor(detector);
  for (int day = 0; day < 30; ++day) {
    visitor.get("/gone/" + std::to_string(day), 404);
    visitor.get("/gone/too/" + std::to_string(day), 404);
    visitor.wait(86'400);
    ASSERT_EQ(visitor.signal("probing"), nullptr) << "day " << day;
  }
}

TEST(Probes, AreWhatNobodyReads) {
  for (const char* path :
       {"/.env", "/.env.production", "/.git/HEAD", "/app/.env", "/shop/xmlrpc.php", "/cgi-bin/luci"})
    EXPECT_TRUE(is_probe(path, 404)) << path;
  for (const char* path :
       {"/", "/.well-known/security.txt", "/apple-touch-icon.png", "/environment", "/people/.env-anna",
        "/autodiscover/autodiscover.xml", "/index.php", "/admin", "/git/"})
    EXPECT_FALSE(is_probe(path, 404)) << path;
  EXPECT_FALSE(is_probe("/wp-login.php", 200));
  EXPECT_FALSE(is_probe("/wp-admin/", 302));
}

constexpr std::string_view kFirefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

Detector detector_with_robots(std::string_view text) {
  auto knowledge = std::make_shared<Knowledge>();
  std::vector<std::string> faults;
  knowledge->robots = RobotsRules::parse(text, faults);
  auto made = Detector::create({}, std::move(knowledge));
  EXPECT_TRUE(made);
  return *std::move(made);
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
  EXPECT_EQ(signal->cause, Cause::wishes);
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
}  // namespace sluice::pipeline::test
