// SPDX-License-Identifier: Apache-2.0
// Lists walked from end to end, and everybody opened once.
#include <string>

#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_LT(signal->weight, decisions::PolicyOptions().throttle_score);
}

}  // namespace
}  // namespace sluice::detection::test
