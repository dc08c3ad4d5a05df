// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Arrivals, TracesTheNamesOfTwoRotations) {
  Arrivals arrivals("a");
  arrivals.created("a");
  arrivals.created("b");
  arrivals.moved_from("a", 7);
  arrivals.moved_to("a.1", 7);
  arrivals.created("a");
  arrivals.moved_from("a.1", 8);
  arrivals.moved_to("a.2", 8);
  arrivals.moved_from("a", 9);
  arrivals.moved_to("a.1", 9);
  arrivals.created("a");
  EXPECT_THAT(arrivals.waiting(), ElementsAre("a.2", "a.1", "a"));
  arrivals.keep_only({"a.1"});
  EXPECT_THAT(arrivals.waiting(), ElementsAre("a.1"));
  EXPECT_EQ(arrivals.missed(), 0U);
}

TEST(Arrivals, AFileMovedOntoThePathArrives) {
  Arrivals arrivals("a");
  arrivals.moved_to("a", 1);
  EXPECT_THAT(arrivals.waiting(), ElementsAre("a"));
  arrivals.moved_to("a", 2);  // over the one before
  EXPECT_THAT(arrivals.waiting(), ElementsAre("a"));
  EXPECT_EQ(arrivals.missed(), 1U);
}

TEST(Arrivals, CountsWhatWasDeletedOrMovedOutOfTheFolder) {
  Arrivals arrivals("a");
  arrivals.created("a");
  arrivals.deleted("a");
  EXPECT_THAT(arrivals.waiting(), IsEmpty());
  EXPECT_EQ(arrivals.missed(), 1U);
  arrivals.created("a");
  arrivals.moved_from("a", 3);
  EXPECT_THAT(arrivals.waiting(), IsEmpty());
  EXPECT_EQ(arrivals.missed(), 1U);  // the other half may still come
  arrivals.keep_only({});
  EXPECT_EQ(arrivals.missed(), 2U);
  arrivals.moved_to("a.1", 3);
  EXPECT_THAT(arrivals.waiting(), IsEmpty());
}

TEST(Arrivals, OthersFilesAreOfNoInterest) {
  Arrivals arrivals("a");
  arrivals.created("b");
  arrivals.moved_from("b", 1);
  arrivals.moved_to("c", 1);
  arrivals.deleted("c");
  EXPECT_THAT(arrivals.waiting(), IsEmpty());
  EXPECT_EQ(arrivals.missed(), 0U);
}

TEST(Arrivals, AFileThatIsAddedAgainIsOneAndTheLast) {
  Arrivals arrivals("a");
  arrivals.created("a");
  for (std::size_t i = 0; i < 2 * Arrivals::kMaxWaiting; ++i) {
    arrivals.add("a.1");
    arrivals.add("a");
  }
  EXPECT_THAT(arrivals.waiting(), ElementsAre("a.1", "a"));
  EXPECT_EQ(arrivals.missed(), 0U);
}

TEST(Arrivals, ForgetsTheOldestBeyondItsLimit) {
  Arrivals arrivals("a");
  for (std::size_t i = 0; i <= Arrivals::kMaxWaiting; ++i) {
    arrivals.created("a");
    arrivals.moved_from("a", static_cast<std::uint32_t>(i));
    arrivals.moved_to("a." + std::to_string(i), static_cast<std::uint32_t>(i));
  }
  EXPECT_EQ(arrivals.waiting().size(), Arrivals::kMaxWaiting);
  EXPECT_EQ(arrivals.waiting().front(), "a.1");
  EXPECT_EQ(arrivals.missed(), 1U);
}

}  // namespace
}  // namespace sluice::intake
