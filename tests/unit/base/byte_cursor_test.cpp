// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/byte_cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;

constexpr std::array<std::uint8_t, 8> kBytes = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(ByteCursor, NumbersAreInNetworkOrder) {
  ByteCursor cursor(kBytes);
  EXPECT_EQ(cursor.number(1), 1U);
  EXPECT_EQ(cursor.u16(), 0x0203U);
  EXPECT_EQ(cursor.number(4), 0x04050607U);
  EXPECT_TRUE(cursor.more());
  EXPECT_EQ(cursor.number(1), 8U);
  EXPECT_FALSE(cursor.more());
  EXPECT_FALSE(cursor.malformed());
}

TEST(ByteCursor, PastTheLengthIsMalformed) {
  ByteCursor cursor(kBytes, 3);
  EXPECT_EQ(cursor.number(2), 0x0102U);
  EXPECT_EQ(cursor.number(2), 0U);
  EXPECT_TRUE(cursor.malformed());
  EXPECT_FALSE(cursor.cut());
  EXPECT_EQ(cursor.number(1), 0U);  // nothing more is read
}

TEST(ByteCursor, PastWhatIsAtHandIsCut) {
  ByteCursor cursor(kBytes, 20);
  EXPECT_THAT(cursor.part(6).bytes(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(cursor.number(4), 0U);
  EXPECT_TRUE(cursor.cut());
  EXPECT_FALSE(cursor.malformed());
  EXPECT_FALSE(cursor.more());
}

TEST(ByteCursor, AVectorBeginsWithItsLength) {
  const std::array<std::uint8_t, 5> bytes = {0, 2, 7, 8, 9};
  ByteCursor cursor(bytes);
  const ByteCursor vector = cursor.vector(2);
  EXPECT_THAT(vector.bytes(), ElementsAre(7, 8));
  EXPECT_EQ(vector.declared(), 2U);
  EXPECT_THAT(cursor.bytes(), ElementsAre(9));
  EXPECT_EQ(cursor.vector(1).declared(), 0U);  // says 9, and nothing follows
  EXPECT_TRUE(cursor.malformed());
}

TEST(ByteCursor, FixedLayoutsAreReadInPlace) {
  ByteCursor cursor(kBytes);
  EXPECT_TRUE(cursor.has(8));
  EXPECT_FALSE(cursor.has(9));
  EXPECT_EQ(cursor.u8_at(1), 2U);
  EXPECT_EQ(cursor.u16_at(6), 0x0708U);
  EXPECT_EQ(cursor.u32_at(2), 0x03040506U);
  EXPECT_THAT(cursor.bytes_at<3>(4), ElementsAre(5, 6, 7));
  EXPECT_TRUE(cursor.skip(6));
  EXPECT_FALSE(cursor.skip(3));
  EXPECT_THAT(cursor.bytes(), ElementsAre(7, 8));
}

}  // namespace
}  // namespace sluice
