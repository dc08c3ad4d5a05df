// SPDX-License-Identifier: Apache-2.0
// The heuristics of how a client goes about it: each with a trace that must fire and a human trace that must
// not.
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "daemon/detection/sources/list_walk.h"
#include "daemon/decisions/policy.h"
#include "daemon/detection/site/probes.h"
#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
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

TEST(Probing, IsSilentOnPeople) {
  for (const auto visits : {phone, office, author}) {
    Detector detector = test::detector();
    Visitor visitor(detector);
    std::mt19937 random;
    visits(visitor, random, [&] { ASSERT_EQ(visitor.signal("probing"), nullptr); });
  }
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

TEST(Timing, FiresOnATimer) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 40; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(12);
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::pace);
  EXPECT_THAT(signal->text, HasSubstr("asks for a page every 12.0 s and varies by 0 % of that"));
}

TEST(Timing, FiresOnTheRandomDelayOfCommonTools) {
  int fired = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Detector detector = test::detector();
    Visitor bot(detector);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> factor(0.5, 1.5);
    for (int i = 0; i < 100; ++i) {
      bot.person(i * 331 % 4999);
      bot.wait(10 * factor(random));
    }
    fired += bot.signal("timing") != nullptr ? 1 : 0;
  }
  EXPECT_GE(fired, 18);
}

TEST(Timing, FiresOnPagesWithoutATimeToRead) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 80; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(0.7);
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("leaves no time to read: 100 % of 79 pauses"));
}

TEST(Timing, FiresAroundTheClock) {
  Detector detector = test::detector();
  Visitor bot(detector);
  std::mt19937 random(1);
  std::exponential_distribution<double> gap(1.0 / 600);
  for (int i = 0; i < 200; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(gap(random));
  }
  const Signal* signal = bot.signal("timing");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("of the last 24 hours"));
}

TEST(Timing, IsSilentOnPeopleAndWhatWorksForThem) {
  for (const auto visits : {uptime_probe, feed_reader, opens_tabs, reads_one_by_one}) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      Detector detector = test::detector();
      Visitor visitor(detector);
      std::mt19937 random(seed);
      visits(visitor, random, [&] { ASSERT_EQ(visitor.signal("timing"), nullptr) << "seed " << seed; });
    }
  }
}

TEST(Timing, IsSilentOnAnOfficeBehindOneAddress) {
  Detector detector = test::detector();
  Visitor office(detector);
  for (int i = 0; i < 2000; ++i) {
    office.user_agent = std::string(kFirefox) + std::to_string(i % 30);
    office.browse("/people/" + std::to_string(i * 331 % 4999));
    office.wait(0.6);
  }
  EXPECT_EQ(office.signal("timing"), nullptr);
}

TEST(Volume, FiresOnPagesCarriedOff) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 3600; ++i) {
    bot.person(i % 900);
    bot.wait(2);
  }
  const Signal* signal = bot.signal("volume");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::pace);
  EXPECT_THAT(signal->text, HasSubstr("pages about people an hour"));
}

TEST(Volume, FiresOnHeavyPages) {
  Detector detector = test::detector();
  Visitor bot(detector);
  bot.bytes = 900'000;
  for (int i = 0; i < 240; ++i) {
    bot.person(i);
    bot.wait(20);
  }
  const Signal* signal = bot.signal("volume");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("(900 KB each); the limits are 600 pages and 60 MB"));
}

TEST(Volume, IsSilentOnAPersonWhoWatchesAFilmAndLoadsAnArchive) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random;
  loads_much(person, random, [&] { ASSERT_EQ(person.signal("volume"), nullptr); });
}

TEST(Coverage, FiresOnAListWalkedToItsEnd) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 1; i <= 40; ++i) {
    bot.get("/people?sort=name&page=" + std::to_string(i));
    bot.wait(30);
  }
  const Signal* signal = bot.signal("coverage");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::order);
  EXPECT_THAT(signal->text,
              HasSubstr("went through 40 pages of the list /people?sort=name&page=N one after the "
                        "other, from 1 to 40"));
  EXPECT_DOUBLE_EQ(signal->weight, 2.75);
}

TEST(Coverage, FiresOnEveryOneOpenedOnce) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 80; ++i) {
    bot.person(i * 331 % 4999);
    bot.wait(30);
  }
  const Signal* signal = bot.signal("coverage");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text,
              HasSubstr("opened 80 different people in 80 pages and hardly any of them twice (100 %"));
}

TEST(Coverage, IsSilentOnAPersonWhoWanders) {
  Detector detector = test::detector();
  Visitor person(detector);
  for (int i = 0; i < 100; ++i) {
    person.browse("/people?q=name" + std::to_string(i / 12) + "&page=" + std::to_string(i % 4 + 1));
    person.wait(20);
    person.browse("/people/" + std::to_string(i % 8 == 7 ? i - 5 : i));
    person.wait(40);
  }
  EXPECT_EQ(person.signal("coverage"), nullptr);
}

TEST(Coverage, AloneNeverReachesTheThrottle) {
  Detector detector = test::detector();
  Visitor visitor(detector);
  for (int i = 1; i <= 5000; ++i) {
    visitor.get("/people?offset=" + std::to_string(20 * i));
    if (i <= 110) visitor.person(i * 331 % 4999);
    visitor.wait(700);
  }
  const Signal* signal = visitor.signal("coverage");
  ASSERT_NE(signal, nullptr);
  EXPECT_LT(signal->weight, PolicyOptions().throttle_score);
}

TEST(ListPages, AreReadOffTargets) {
  const auto number = [](std::string_view target) -> int {
    const auto page = list_page_of(target);
    return page ? static_cast<int>(page->number) : -1;
  };
  EXPECT_EQ(number("/people?page=7"), 7);
  EXPECT_EQ(number("/people?q=a&offset=120&sort=x"), 120);
  EXPECT_EQ(number("/people/page/3/"), 3);
  EXPECT_EQ(number("/people/page/3?x=1"), 3);
  for (const char* none :
       {"/", "/people", "/people?page", "/people?page=", "/people?page=x", "/people?from=2024-01-01",
        "/people?page=12345678901", "/page/7th", "/people?homepage=3", "?", "&page=3"})
    EXPECT_EQ(number(none), -1) << none;
  EXPECT_EQ(list_page_of("/a?page=1&q=b")->list, list_page_of("/a?page=2&q=b")->list);
  EXPECT_NE(list_page_of("/a?page=1&q=b")->list, list_page_of("/a?page=1&q=c")->list);
}

TEST(Enumeration, FiresOnNamesInTheOrderOfTheAlphabet) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (unsigned i = 0; i < 100; ++i) {
    bot.get("/people/" + name(i * 97));
    bot.wait(120);
  }
  const Signal* signal = bot.signal("enumeration");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(
      signal->text,
      HasSubstr(
          "asked /people/{subject} for names in the order of the alphabet (100 % of the last 99 steps)"));
}

TEST(Enumeration, IsSilentOnNamesAsAPersonFindsThem) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Detector detector = test::detector();
    Visitor person(detector);
    std::mt19937 random(seed);
    finds_names(person, random, [&] { ASSERT_EQ(person.signal("enumeration"), nullptr) << "seed " << seed; });
  }
}

void report_attempts(Detector& detector, std::uint64_t attempts) {
  Activity activity;
  activity.source = source("192.0.2.7/32");
  activity.attempts = attempts;
  detector.observe(activity);
}

TEST(Connections, FiresOnABrowserThatKeepsNone) {
  Detector detector = test::detector();
  Visitor bot(detector);
  bot.user_agent = kFirefox;
  for (int i = 0; i < 60; ++i) {
    bot.person(i);
    report_attempts(detector, 1);
    bot.wait(1);
  }
  const Signal* signal = bot.signal("connections");
  ASSERT_NE(signal, nullptr);
  EXPECT_EQ(signal->cause, Cause::client);
  EXPECT_THAT(signal->text, HasSubstr("opened 60 connections for 60 requests"));
}

TEST(Connections, IsSilentOnABrowserThatOpensSixForEachPage) {
  Detector detector = test::detector();
  Visitor person(detector);
  person.user_agent = kFirefox;
  for (int i = 0; i < 60; ++i) {
    person.browse("/news/" + std::to_string(i));
    report_attempts(detector, 6);
    person.wait(4);
  }
  EXPECT_EQ(person.signal("connections"), nullptr);
}

TEST(Connections, IsSilentOnAPersonWhoReadsSlowly) {
  Detector detector = test::detector();
  Visitor person(detector);
  person.user_agent = kFirefox;
  for (int i = 0; i < 60; ++i) {
    person.get("/news/" + std::to_string(i));  // assets come out of the cache
    report_attempts(detector, 2);
    person.wait(90);
  }
  EXPECT_EQ(person.signal("connections"), nullptr);
}

}  // namespace
}  // namespace sluice::detection::test
