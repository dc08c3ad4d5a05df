// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/log_position.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

TEST(LogPosition, ReadsBackWhatItWrites) {
  const intake::Position position{UINT64_MAX, 7, 1234567890123, 256, 0xcbf29ce484222325ULL};
  EXPECT_EQ(position_from(to_text(position)), position);
  EXPECT_EQ(position_from(to_text({})), intake::Position{});
}

TEST(LogPosition, IsNothingWhereTheTextIsAnothers) {
  for (const char* text : {"", "1 2 3 4", "1 2 3 4 5 6", "1 2 x 4 5", "99999999999999999999999 1 1 1 1"}) {
    EXPECT_FALSE(position_from(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::app
