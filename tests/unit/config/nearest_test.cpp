// SPDX-License-Identifier: Apache-2.0
// Which known word a mistyped one is taken for.
#include "daemon/config/nearest.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"throttle_score", "block_score", "mode", "max_for"};

TEST(Nearest, OneLetterInsertedLeftOutReplacedOrTwoSwapped) {
  EXPECT_EQ(nearest("block_scores", kKnown), "block_score");
  EXPECT_EQ(nearest("blck_score", kKnown), "block_score");
  EXPECT_EQ(nearest("bl0ck_score", kKnown), "block_score");
  EXPECT_EQ(nearest("mdoe", kKnown), "mode");
}

TEST(Nearest, OneChangeIsAllowedInAShortWordAndAThirdInALongOne) {
  EXPECT_EQ(nearest("mo", kKnown), "");
  EXPECT_EQ(nearest("throtle_scor", kKnown), "throttle_score");
  EXPECT_EQ(nearest("entirely_else", kKnown), "");
}

TEST(Nearest, HasNothingForTheEmptyAndTheEndless) {
  EXPECT_EQ(nearest("", kKnown), "");
  EXPECT_EQ(nearest(std::string(100'000, 'm'), kKnown), "");
  EXPECT_EQ(nearest("mode", {}), "");
}

}  // namespace
}  // namespace sluice::config
