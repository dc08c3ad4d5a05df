// SPDX-License-Identifier: Apache-2.0
// Paths that do not exist, and paths that only scanners ask for.
#include <random>
#include <string>

#include <gmock/gmock.h>

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

// Forty broken pictures on somebody else's page.
TEST(Probing, ProvesNothingThatAPageElsewhereEmbeds) {
  Detector detector = test::detector({});
  Visitor person(detector);
  person.user_agent = kChrome;
  for (int i = 0; i < 12; ++i)
    person.browse("/news/" + std::to_string(i));
  for (int i = 0; i < 40; ++i) {
    const std::string target = (i % 2 == 0 ? "/gone/" : "/wp-login.php?") + std::to_string(i);
    Request request = person.request(target, 404);
    request.host = "example.org";
    request.referer = "https://forum.example/";
    (void)detector.observe(request);
  }
  EXPECT_EQ(person.signal("probing"), nullptr);
  EXPECT_EQ(person.signal("page_rate"), nullptr);
  EXPECT_EQ(person.finding().score, 0);
}

}  // namespace
}  // namespace sluice::detection::test
