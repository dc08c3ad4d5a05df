// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/hash.h"

#include <bit>
#include <cstdint>
#include <set>

#include <gtest/gtest.h>

#include "daemon/base/sha256.h"

namespace sluice {
namespace {

TEST(MixBits, DifferentNumbersStayDifferent) {
  std::set<std::uint64_t> mixed;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    mixed.insert(mix_bits(i << 40U));
  EXPECT_EQ(mixed.size(), 10'000U);
}

TEST(MixBits, OneBitChangesHalfOfAll) {
  int changed = 0;
  for (unsigned bit = 0; bit < 64; ++bit)
    changed += std::popcount(mix_bits(1) ^ mix_bits(1 ^ std::uint64_t{1} << bit));
  EXPECT_NEAR(changed / 64.0, 32, 4);
}

TEST(Fnv1a, IsTheOnePublished) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
}

TEST(Sha256, IsTheOnePublished) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace sluice
