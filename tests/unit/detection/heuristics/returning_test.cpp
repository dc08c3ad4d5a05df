// SPDX-License-Identifier: Apache-2.0
// Earlier blocks of the same source.
#include <algorithm>
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Returning, FiresOnASourceThatWasBlockedBeforeWhereSomethingElseSpeaksAgainstIt) {
  Detector detector = test::detector();
  Visitor bot(detector);
  for (int i = 0; i < 150; ++i) {
    bot.person(i * 7919 % 100'003);
    bot.wait(20);
  }
  const Prefix whom = source("192.0.2.7/32");
  const double before = detector.evaluate(whom, bot.time()).score;
  const Finding finding = detector.evaluate(whom, bot.time(), {whom, 4, at(-86'400)});
  const auto signal = std::ranges::find(finding.signals, "returning", &Signal::heuristic);
  ASSERT_NE(signal, finding.signals.end());
  EXPECT_THAT(signal->text, HasSubstr("was blocked 4 times before, last on 2026-"));
  EXPECT_NEAR(signal->weight, 2.0, 0.01);
  EXPECT_GT(finding.score, before);
}

TEST(Returning, IsSilentOnThePersonWhoHasTheAddressNow) {
  Detector detector = test::detector();
  Visitor person(detector);
  std::mt19937 random(10);
  for (int i = 0; i < 20; ++i) {
    person.browse("/people/" + std::to_string(random() % 100'000), 5);
    person.wait(40);
  }
  const Prefix whom = source("192.0.2.7/32");
  EXPECT_THAT(detector.evaluate(whom, person.time(), {whom, 9, at(-3600)}).signals, IsEmpty());
}

}  // namespace
}  // namespace sluice::detection::test
