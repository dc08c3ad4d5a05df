// SPDX-License-Identifier: Apache-2.0
// How many connections a client opens for its requests.
#include <cstdint>
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;

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
