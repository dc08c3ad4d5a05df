// SPDX-License-Identifier: Apache-2.0
// A scraper that takes another IPv6 network for every page or two, and people who only look like it.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/detection/crowd.h"

namespace sluice::detection::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kNetwork = "2001:db8:7::/48";

// The n-th /64 of the network, in no order.
std::string rotated(std::uint64_t n) {
  return fmt::format("2001:db8:7:{:x}::{:x}", n * 40'503 % 65'536, 1 + n % 9);
}

// So many pages in the order of `number`, `per_network` of them from each /64.
std::vector<CrowdPage> rotate(std::uint64_t pages, std::uint64_t per_network,
                              const std::function<std::uint64_t(std::uint64_t)>& number) {
  std::vector<CrowdPage> made;
  for (std::uint64_t i = 0; i < pages; ++i)
    made.push_back({.time = static_cast<double>(i) * 4,
                    .address = rotated(i / per_network),
                    .target = profile(number(i))});
  return made;
}

std::vector<std::uint64_t> shuffled(std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t i = 0; i < count; ++i)
    numbers[i] = 1 + i;
  std::mt19937 random(3);
  std::ranges::shuffle(numbers, random);
  return numbers;
}

struct RotationTest : ::testing::Test {
  Detector detector = test::detector();

  // What is said of the whole network after all that.
  Finding play(std::vector<CrowdPage> pages) {
    Crowd crowd(detector);
    double end = 0;
    for (const CrowdPage& page : pages)
      end = std::max(end, page.time);
    crowd.play(std::move(pages));
    return detector.evaluate(source(kNetwork), at(static_cast<std::int64_t>(end)));
  }
  // A person of the same network, with a browser or an app that loads nothing.
  static void add_person(std::vector<CrowdPage>& pages, std::uint64_t home, double begin, bool loads,
                         int profiles, Interest& interest, std::mt19937& random) {
    read_as_a_person(pages, {.time = begin, .address = rotated(50'000 + home), .loads = loads}, profiles,
                     interest, random);
  }
};

TEST_F(RotationTest, FiresOnANetworkThatTakesAnotherSourceForEachPage) {
  const Finding finding = play(rotate(400, 1, [](std::uint64_t i) { return 1 + i; }));
  ASSERT_EQ(finding.signals.size(), 1U);
  const Signal& signal = finding.signals.front();
  EXPECT_EQ(signal.heuristic, "rotation");
  EXPECT_EQ(signal.cause, Cause::breadth);
  EXPECT_GE(finding.score, 5.5);
  EXPECT_THAT(signal.text, AllOf(HasSubstr("took 400 different networks of 2001:db8:7::/48 for 400 pages"),
                                 HasSubstr("divided /people/{subject}"), HasSubstr("0 assets")));
  EXPECT_EQ(detector.exposure(source(kNetwork)).pages, 400U);
}

TEST_F(RotationTest, FiresWhateverTheOrderAndWithAFewPagesFromEachSource) {
  const auto numbers = shuffled(1000);
  EXPECT_GE(play(rotate(900, 3, [&](std::uint64_t i) { return numbers[i]; })).score, 4.5);
}

TEST_F(RotationTest, SaysNothingOfAHandfulOfSources) {
  EXPECT_TRUE(play(rotate(400, 25, [](std::uint64_t i) { return 1 + i; })).signals.empty());
}

TEST_F(RotationTest, SaysNothingWherePeopleOfTheSameNetworkReadToo) {
  std::vector<CrowdPage> pages = rotate(400, 1, [](std::uint64_t i) { return 1 + i; });
  std::mt19937 random(4);
  Interest interest(5000, 0.8);
  add_person(pages, 1, 100, true, 10, interest, random);
  EXPECT_TRUE(play(std::move(pages)).signals.empty());
}

TEST_F(RotationTest, IsSilentOnACarriersTelephones) {
  std::vector<CrowdPage> pages;
  std::mt19937 random(5);
  Interest interest(5000, 0.8);
  for (std::uint64_t telephone = 0; telephone < 1500; ++telephone)
    add_person(pages, telephone, static_cast<double>(random() % 20'000), true,
               1 + static_cast<int>(random() % 4), interest, random);
  EXPECT_TRUE(play(std::move(pages)).signals.empty());
}

TEST_F(RotationTest, IsSilentOnACarriersTelephonesWithAnAppThatLoadsNoAssets) {
  // All alike and few: it is the repeats that tell.
  for (const double exponent : {0.8, 0.0}) {
    detector = test::detector();
    std::vector<CrowdPage> pages;
    std::mt19937 random(6);
    Interest interest(1000, exponent);
    for (std::uint64_t telephone = 0; telephone < 1500; ++telephone)
      add_person(pages, telephone, static_cast<double>(random() % 20'000), false,
                 1 + static_cast<int>(random() % 4), interest, random);
    EXPECT_TRUE(play(std::move(pages)).signals.empty()) << exponent;
  }
}

TEST_F(RotationTest, IsSilentOnPeopleWhoEachLookAtTheirOwn) {
  std::vector<CrowdPage> pages;
  for (std::uint64_t person = 0; person < 500; ++person)
    pages.push_back({.time = static_cast<double>(person) * 30,
                     .address = rotated(person),
                     .target = profile(10'000 + person),
                     .loads = true});
  EXPECT_TRUE(play(std::move(pages)).signals.empty());
}

TEST_F(RotationTest, IsSilentOnACrawlerThatWasNotRefuted) {
  // DNS does not answer.
  auto knowledge = std::make_shared<Knowledge>();
  knowledge->crawlers.push_back({"googlebot", "Googlebot/", {"(^|\\.)googlebot\\.example$"}, {}, false});
  detector = test::detector({}, knowledge);
  std::vector<CrowdPage> pages = rotate(400, 1, [](std::uint64_t i) { return 1 + i; });
  for (CrowdPage& page : pages)
    page.user_agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
  EXPECT_TRUE(play(std::move(pages)).signals.empty());
}

TEST_F(RotationTest, IsForgottenOnceItWasPaidFor) {
  EXPECT_FALSE(play(rotate(400, 1, [](std::uint64_t i) { return 1 + i; })).signals.empty());
  detector.reset_after_block(source(kNetwork));
  EXPECT_TRUE(detector.evaluate(source(kNetwork), at(1700)).signals.empty());
  std::vector<CrowdPage> pages = rotate(500, 1, [](std::uint64_t i) { return 401 + i; });
  for (CrowdPage& page : pages)
    page.time += 2000;
  EXPECT_FALSE(play(std::move(pages)).signals.empty()) << "and goes on";
}

}  // namespace
}  // namespace sluice::detection::test
