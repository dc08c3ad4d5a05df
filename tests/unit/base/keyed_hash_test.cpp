// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/keyed_hash.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice {
namespace {

// The vectors that its authors publish: the key is 00 to 0f, the text 00, 01, 02, ... of that length.
TEST(KeyedHash, IsSipHash) {
  const HashKey key{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
  std::string text;
  for (char c = 0; c < 15; ++c)
    text.push_back(c);
  EXPECT_EQ(keyed_hash(key, text), 0xa129ca6149be45e5ULL);
  EXPECT_EQ(keyed_hash(key, ""), 0x726fdb47dd0e0e31ULL);
  EXPECT_EQ(keyed_hash(key, text.substr(0, 8)), 0x93f5f5799a932462ULL);
}

TEST(KeyedHash, SaysNothingWithoutTheKey) {
  EXPECT_NE(keyed_hash({1, 2}, "anna"), keyed_hash({1, 3}, "anna"));
  EXPECT_NE(keyed_hash({1, 2}, "anna"), keyed_hash({1, 2}, "annb"));
}

}  // namespace
}  // namespace sluice
