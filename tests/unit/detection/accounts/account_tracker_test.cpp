// SPDX-License-Identifier: Apache-2.0
// The numbers of accounts: made with a key, kept through a reload.
#include <memory>

#include <gtest/gtest.h>

#include "tests/unit/detection/newcomers.h"

namespace sluice::detection::test {
namespace {

TEST(AccountTracker, NamesAreToldApartByTheKeyAlone) {
  auto other = std::make_shared<Knowledge>();
  other->seed = 42;
  Detector one = test::detector();
  Detector two = test::detector({}, other);
  for (Detector* detector : {&one, &two}) {
    detector->accounts().accounts().keep_news();
    Crowd(*detector).play({first_of_all()});
  }
  EXPECT_NE(one.accounts().accounts().take_news().at(0).number,
            two.accounts().accounts().take_news().at(0).number);
}

TEST(AccountTracker, AReloadForgetsNoAccount) {
  Detector detector = test::detector();
  Crowd(detector).play({first_of_all()});
  DetectorOptions options;
  options.max_sources = 5000;  // which starts everything else afresh
  auto knowledge = std::make_shared<Knowledge>();
  knowledge->seed = 99;
  ASSERT_TRUE(detector.reconfigure(options, knowledge));
  CrowdPage again = first_of_all();
  again.time = 100;
  Crowd(detector).play({again});
  EXPECT_EQ(detector.accounts().accounts().size(), 1U) << "and the number is the same";
}

}  // namespace
}  // namespace sluice::detection::test
