// SPDX-License-Identifier: Apache-2.0
// Route discovery on made-up sites: no less is found than was found when these floors were set.
#include <gtest/gtest.h>

#include "tests/unit/detection/discovery/sites/measure.h"

namespace sluice::detection::sites {
namespace {

// Two shapes of people are not found: names without a word in front that means people.
TEST(SitesTest, FindsNearlyAllShapesAndPeople) {
  std::vector<Measured> all;
  Rate shapes;
  Rate people;
  Rate subjects;
  for (const Site& site : all_sites()) {
    all.push_back(measure(site));
    shapes.add(all.back().shapes);
    people.add(all.back().people);
    subjects.add(all.back().subjects);
  }
  const std::string table = to_table(all);
  EXPECT_GE(shapes.precision(), 0.98) << table;
  EXPECT_GE(shapes.recall(), 0.98) << table;
  EXPECT_GE(people.precision(), 0.98) << table;
  EXPECT_GE(people.recall(), 0.9) << table;
  EXPECT_GE(subjects.precision(), 0.99) << table;
}

TEST(SitesTest, TheSameSeedGivesTheSameLog) {
  EXPECT_EQ(to_log(all_sites().front()), to_log(all_sites().front()));
}

}  // namespace
}  // namespace sluice::detection::sites
