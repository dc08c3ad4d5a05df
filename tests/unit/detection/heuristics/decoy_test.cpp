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
