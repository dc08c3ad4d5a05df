// SPDX-License-Identifier: Apache-2.0
// Addresses that are named only where no person follows them.
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/people.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

TEST(Decoy, FiresAtOnceAndIsEnoughForABlock) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor bot(detector);
  bot.get("/people/all-contacts?format=csv", 404);
  const Signal* signal = bot.signal("decoy");
  ASSERT_NE(signal, nullptr);
  EXPECT_THAT(signal->text, HasSubstr("asked once for /people/all-contacts"));
  EXPECT_GE(bot.finding().score, decisions::PolicyOptions().block_score);
}

// A browser that reads a page with its assets, and then what a page elsewhere embeds: pictures, frames,
// links.
Request embedded(const Visitor& person, std::string_view target, std::uint16_t status) {
  Request request = person.request(target, status);
  request.referer = "https://forum.example/thread/7";
  return request;
}

TEST(Decoy, ProvesNothingThatAPageElsewhereEmbeds) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  for (const bool says_dest : {true, false}) {
    for (const std::string_view host : {"example.org", ""}) {
      Detector detector = test::detector(options);
      Visitor person(detector);
      person.user_agent = kChrome;
      for (int i = 0; i < 8; ++i) {
        person.browse("/news/" + std::to_string(i));
        // Where the log has no host, the site is known by what its pages load.
        for (int asset = 0; asset < 5; ++asset) {
          Request request = person.request("/assets/style.css");
          request.referer = "https://www.example.org/news/";
          (void)detector.observe(request);
        }
      }
      for (int i = 0; i < 40; ++i) {
        Request request = embedded(person, "/people/all-contacts", 404);
        request.host = host;
        if (says_dest) {
          request.fetch_mode = "no-cors";
          request.fetch_dest = "image";
        }
        (void)detector.observe(request);
      }
      EXPECT_EQ(person.signal("decoy"), nullptr) << says_dest << host;
      EXPECT_EQ(person.finding().score, 0) << says_dest << host;
    }
  }
}

TEST(Decoy, OfNobodyKnowsWhereFromDecidesNothingAlone) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor person(detector);
  person.user_agent = kChrome;
  person.browse("/news/1");
  person.get("/people/all-contacts", 404);
  ASSERT_NE(person.signal("decoy"), nullptr);
  EXPECT_LT(person.finding().score, decisions::PolicyOptions().throttle_score);
}

TEST(Decoy, ThatAPageOfTheSiteLedToIsEnoughForABlock) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor bot(detector);
  bot.user_agent = kChrome;
  Request request = bot.request("/people/all-contacts", 404);
  request.host = "www.example.org:8443";
  request.referer = "https://example.org/people/7";
  (void)detector.observe(request);
  EXPECT_GE(bot.finding().score, decisions::PolicyOptions().block_score);
}

// A program may claim to be led; it does not load what pages need.
TEST(Decoy, IsEnoughForWhoLoadsNothing) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  for (int i = 0; i < 30; ++i) {
    Visitor person(detector, "198.51.100." + std::to_string(i + 1));
    person.user_agent = kFirefox;
    for (int page = 0; page < 12; ++page)
      person.browse("/news/" + std::to_string(page));
  }
  Visitor bot(detector);
  bot.user_agent = kChrome;
  for (int i = 0; i < 4; ++i)
    bot.get("/news/" + std::to_string(i));
  (void)detector.observe(embedded(bot, "/people/all-contacts", 404));
  EXPECT_GE(bot.finding().score, decisions::PolicyOptions().block_score);
}

TEST(Decoy, IsSilentOnWhoReadsRobotsAndObeys) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts"};
  Detector detector = test::detector(options);
  Visitor crawler(detector);
  crawler.get("/robots.txt");
  for (int i = 0; i < 15; ++i) {
    crawler.person(i * 331 % 4999);
    crawler.wait(10);
  }
  EXPECT_EQ(crawler.signal("decoy"), nullptr);
}

TEST(Decoy, IsSilentOnPeople) {
  DetectorOptions options;
  options.routes.decoys = {"/people/all-contacts", "/news/archive-of-all"};
  for (const Person& person : kPeople) {
    Detector detector = test::detector(options);
    Visitor visitor(detector);
    std::mt19937 random(1);
    person.visits(visitor, random, [&] { ASSERT_EQ(visitor.signal("decoy"), nullptr) << person.name; });
  }
}

}  // namespace
}  // namespace sluice::detection::test
