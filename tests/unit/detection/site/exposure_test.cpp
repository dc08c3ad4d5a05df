// SPDX-License-Identifier: Apache-2.0
// Whom requests are counted for, and what is no page: through the whole detector.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "daemon/detection/site/background.h"
#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using EveryPage = RouteTableOptions::EveryPage;

constexpr double kThrottle = 5.5;  // the lowest score of the preset "balanced" that slows anybody down

DetectorOptions with(std::vector<RouteOptions> routes) {
  DetectorOptions options;
  options.routes.routes = std::move(routes);
  return options;
}

// A visitor whose requests have what the test says.
struct Client {
  Detector& detector;
  Request request;
  double now = 0;

  explicit Client(Detector& of, std::string_view address = "192.0.2.7") : detector(of) {
    request.client = *Address::parse(address);
    request.method = "GET";
    request.protocol = "HTTP/1.1";
    request.user_agent = kFirefox;
    request.fields = {LogField::referer, LogField::user_agent, LogField::host};
    request.bytes = 4'000;
    request.status = 200;
  }
  Detector::Seen get(std::string_view target, std::string_view referer = {}) {
    request.time = at(0) + std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(now));
    request.target = target;
    request.referer = referer;
    return detector.observe(request);
  }
  [[nodiscard]] double score() const { return finding().score; }
  [[nodiscard]] std::string reasons() const {
    std::string text;
    for (const Signal& signal : finding().signals)
      text += signal.text + "\n";
    return text;
  }
  [[nodiscard]] Finding finding() const {
    return detector.evaluate(detector.identify(request.client), request.time);
  }
  [[nodiscard]] Exposure exposure() const { return detector.exposure(detector.identify(request.client)); }
};

// Lines that end within the path: "/people/12" may be the beginning of "/people/1234".
TEST(Exposure, CountsACutPathAsAPageOfNobody) {
  Detector detector = test::detector(with({{"people", "/people/{subject}"}}));
  Client client(detector);
  client.request.cut = client.request.path_cut = true;
  for (int number = 1; number <= 100; ++number) {
    client.now += 10;
    const Detector::Seen seen = client.get("/people/" + std::to_string(number));
    EXPECT_TRUE(seen.page);
    EXPECT_TRUE(seen.shown.empty());
  }
  EXPECT_EQ(client.exposure().pages, 100U);
  EXPECT_EQ(client.exposure().subjects, 0U);
  EXPECT_EQ(detector.discovery().counts().noted, 0U) << "a beginning is no URL of the site";
  // The query alone was cut, and shows whom it names.
  client.request.path_cut = false;
  (void)client.get("/people/7?a=b");
  EXPECT_EQ(client.exposure().subjects, 1U);
}

TEST(Exposure, CountsThePeopleOfListsWithoutBlockingWhoReadsThem) {
  Detector detector = test::detector(
      with({{"people", "/people/{subject}"}, {.name = "list", .pattern = "/people", .exposes = "50"}}));
  Client person(detector);
  std::mt19937 random(1);
  for (int page = 1; page <= 15; ++page) {
    person.get("/people?page=" + std::to_string(page), "https://example.org/");
    person.now += 5 + static_cast<double>(random() % 60);
    person.get("/people/" + std::to_string(page * page * 37 % 1009), "https://example.org/people");
    person.now += 10 + static_cast<double>(random() % 90);
  }
  EXPECT_EQ(person.exposure().subjects, 750U + 15U);
  EXPECT_LT(person.score(), kThrottle) << person.reasons();

  Client bot(detector, "192.0.2.8");
  for (int page = 1; page <= 400; ++page) {
    bot.get("/people?page=" + std::to_string(page));
    bot.now += 5;
  }
  EXPECT_NEAR(static_cast<double>(bot.exposure().subjects), 20'000, 1'000) << "estimated beyond 16,384";
  EXPECT_GE(bot.score(), kThrottle);
}

TEST(Exposure, PortraitsOfAListAreNoPages) {
  for (const bool assets : {false, true}) {
    RouteOptions portraits{"people", "/people/{subject}"};
    portraits.assets = assets;
    portraits.extensions = {"html", "jpg"};
    Detector detector = test::detector(with({portraits}));
    Client person(detector);
    for (int page = 0; page < 2; ++page) {
      person.get("/people?page=" + std::to_string(page));
      for (int i = 0; i < 25; ++i)
        person.get("/people/" + std::to_string(page * 25 + i) + ".jpg", "https://example.org/people");
      person.now += 21;
    }
    EXPECT_EQ(person.exposure().pages, 2U);
    EXPECT_EQ(person.exposure().subjects, assets ? 50U : 0U);
    EXPECT_EQ(person.score(), 0) << person.reasons();
  }
}

TEST(Exposure, WhatAPageAsksForByItselfIsShownAndIsNoPage) {
  Detector detector =
      test::detector(with({{"people", "/people/{subject}"}, {"api", "/api/people/{subject}"}}));
  Client person(detector);
  for (int page = 0; page < 2; ++page) {
    person.get("/people?page=" + std::to_string(page));
    for (int i = 0; i < 25; ++i)
      person.get("/api/people/" + std::to_string(page * 25 + i), "https://example.org/people");
    person.now += 21;
  }
  EXPECT_EQ(person.exposure().pages, 2U);
  EXPECT_EQ(person.exposure().subjects, 50U);
  EXPECT_EQ(person.score(), 0) << person.reasons();

  Client bot(detector, "192.0.2.8");
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(bot.get("/api/people/" + std::to_string(i)).page) << "nothing loaded it";
    bot.now += 2;
  }
  EXPECT_GT(bot.score(), 0);
}

TEST(Exposure, AClaimToBeAPageIsBelievedOnlySoOften) {
  Detector detector =
      test::detector(with({{"people", "/people/{subject}"}, {"api", "/api/people/{subject}"}}));
  Client bot(detector);
  bot.request.fields.add(LogField::fetch_mode);
  bot.request.fetch_mode = "cors";
  for (int i = 0; i < 1500; ++i) {
    bot.get("/api/people/" + std::to_string(i), "https://example.org/people");
    bot.now += 0.1;
  }
  EXPECT_GE(bot.exposure().pages, 900U);
  EXPECT_EQ(bot.exposure().subjects, 1500U);
  EXPECT_GE(bot.score(), kThrottle);
}

TEST(Exposure, ASourceThatNeverAskedForAPageIsBelievedNoMoreOften) {
  for (const bool with_a_page : {false, true}) {
    Detector detector = test::detector();
    Client bot(detector);
    if (with_a_page) bot.get("/about");
    for (int page = 0; page < 3000; ++page) {
      bot.get("/api/people.json?page=" + std::to_string(page), "https://example.org/people");
      bot.now += 0.1;
    }
    EXPECT_GT(bot.exposure().pages, 2000U) << with_a_page;
    EXPECT_GE(bot.score(), kThrottle) << with_a_page;
  }
}

TEST(Exposure, HeartbeatsAndFormsAreNoPages) {
  Detector detector = test::detector();
  Client person(detector);
  person.get("/people/7");
  person.request.method = "POST";
  for (int i = 0; i < 600; ++i) {
    person.now += 0.5;
    EXPECT_FALSE(person.get("/heartbeat", "https://example.org/people/7").page);
  }
  EXPECT_EQ(person.exposure().pages, 1U);
  EXPECT_EQ(person.score(), 0) << person.reasons();
}

TEST(Exposure, ASiteOfWhichNobodySaidAnythingIsProtected) {
  for (const char* shape :
       {"/memberlist.php?mode=viewprofile&u=", "/profile.php?id=", "/@member", "/wiki/User:", "/u/"}) {
    Detector detector = test::detector();
    Client bot(detector);
    for (int i = 0; i < 1500; ++i) {
      bot.get(shape + std::to_string(i));
      bot.now += 1;
    }
    EXPECT_GE(bot.score(), kThrottle) << shape;
    EXPECT_EQ(bot.exposure().subjects, 0U) << "nobody knows that these are people";
  }
}

TEST(Exposure, DataThatNoPageLoadedIsAPage) {
  Detector detector = test::detector();
  Client bot(detector);
  for (int page = 0; page < 3000; ++page) {
    EXPECT_TRUE(bot.get("/api/people.json?page=" + std::to_string(page)).matters);
    bot.now += 0.3;
  }
  EXPECT_GE(bot.score(), kThrottle);
}

TEST(Exposure, ReadersOfASiteWithoutRoutesAreSafe) {
  Detector detector = test::detector();
  Client reader(detector);
  for (int i = 0; i < 200; ++i) {  // two hundred articles in an evening, a page of numbers turned to its end
    reader.get("/articles/" + std::to_string(10'000 + i), "https://example.org/");
    reader.get("/style.css", "https://example.org/");
    reader.now += 60;
  }
  EXPECT_LT(reader.score(), kThrottle / 2);
}

TEST(Exposure, AProbeMattersWhateverItEndsIn) {
  Detector detector = test::detector();
  Client scanner(detector);
  scanner.request.status = 404;
  EXPECT_TRUE(scanner.get("/blog/wp-includes/wlwmanifest.xml").matters);
  scanner.request.method = "POST";
  EXPECT_TRUE(scanner.get("/xmlrpc.php").matters);
}

TEST(Exposure, HostsOfOneLogHavePeopleOfTheirOwn) {
  Detector detector = test::detector();
  Client visitor(detector);
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    visitor.request.host = host;
    for (int i = 0; i < 110; ++i)
      visitor.get("/people/" + std::to_string(i));
  }
  EXPECT_EQ(visitor.exposure().subjects, 330U);
}

TEST(Exposure, TheApplicationNamesWhomAnAnswerShowed) {
  Detector detector = test::detector();
  Client bot(detector);
  bot.request.method = "POST";
  bot.request.fields.add(LogField::subjects);
  for (int i = 0; i < 200; ++i) {
    const std::string name = std::to_string(i);
    bot.request.subjects = name;
    EXPECT_TRUE(bot.get("/graphql").matters);
    bot.now += 1;
  }
  EXPECT_EQ(bot.exposure().subjects, 200U);
  EXPECT_GE(bot.score(), kThrottle);
}

TEST(UserAgent, AColumnThatIsNeverFilledIsHeldAgainstNobody) {
  Detector detector = test::detector();
  for (int i = 0; i < 150; ++i) {
    Client person(detector, "198.51.100." + std::to_string(i + 1));
    person.request.user_agent = {};
    person.get("/");
  }
  Client person(detector);
  person.request.user_agent = {};
  person.get("/people/1");
  EXPECT_EQ(person.score(), 0) << person.reasons();
  Client named(detector, "198.51.100.250");
  named.get("/");
  EXPECT_GT(person.score(), 0) << "somebody sends one";
}

}  // namespace
}  // namespace sluice::detection::test
