// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/value_sketch.h"

#include <gtest/gtest.h>

#include "daemon/base/hash.h"

namespace sluice::detection {
namespace {

std::uint32_t hash_of(std::uint64_t number) {
  return static_cast<std::uint32_t>(mix_bits(number + 0x9e3779b97f4a7c15ULL));
}

ValueSketch sketch_of(std::uint64_t from, std::uint64_t until, std::uint16_t most = 128) {
  ValueSketch sketch(most);
  for (std::uint64_t i = from; i < until; ++i)
    sketch.add(hash_of(i));
  return sketch;
}

TEST(ValueSketchTest, CountsFewValuesExactly) {
  ValueSketch sketch(64);
  EXPECT_EQ(sketch.estimate(), 0);
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 63; ++i)
      EXPECT_EQ(sketch.add(hash_of(i)), round == 0);
  }
  EXPECT_EQ(sketch.estimate(), 63);
  EXPECT_TRUE(sketch.is_exact());
}

TEST(ValueSketchTest, CountsManyValuesWithinThreeStandardErrors) {
  for (const std::uint64_t count : {200U, 1'000U, 20'000U, 1'000'000U}) {
    const double estimate = sketch_of(0, count).estimate();
    EXPECT_NEAR(estimate / static_cast<double>(count), 1, 3 * 0.09) << count;
  }
}

TEST(ValueSketchTest, TakesNoMoreMemoryForMoreValues) {
  EXPECT_EQ(sketch_of(0, 200).memory_bytes(), sketch_of(0, 100'000).memory_bytes());
  EXPECT_LE(sketch_of(0, 100'000).memory_bytes(), 128 * sizeof(std::uint32_t));
}

TEST(ValueSketchTest, MergedItCountsTheUnion) {
  ValueSketch sketch = sketch_of(0, 3'000);
  sketch.merge(sketch_of(2'000, 5'000));
  EXPECT_NEAR(sketch.estimate(), 5'000, 3 * 0.09 * 5'000);
  ValueSketch few = sketch_of(0, 20);
  few.merge(sketch_of(10, 30));
  EXPECT_EQ(few.estimate(), 30);
}

TEST(ValueSketchTest, KnowsWhatTwoOfThemShare) {
  EXPECT_EQ(overlap(sketch_of(0, 40), sketch_of(0, 40)), 1);
  EXPECT_EQ(overlap(sketch_of(0, 40), sketch_of(40, 80)), 0);
  EXPECT_NEAR(overlap(sketch_of(0, 5'000), sketch_of(2'500, 7'500)), 0.5, 0.2);
  EXPECT_GE(overlap(sketch_of(0, 5'000), sketch_of(0, 60)), 0.7) << "the smaller one lies in the larger";
  EXPECT_EQ(overlap(sketch_of(0, 0), sketch_of(0, 60)), 0);
}

TEST(ValueSketchTest, ShiftedItCountsTheSame) {
  ValueSketch sketch = sketch_of(0, 50);
  sketch.shift(0xf0000000U);
  EXPECT_EQ(sketch.estimate(), 50);
  EXPECT_FALSE(sketch.add(hash_of(7) + 0xf0000000U));
}

}  // namespace
}  // namespace sluice::detection
