// SPDX-License-Identifier: Apache-2.0
// A bit is set as long as an entry needs it, and never cleared while one does.
#include "daemon/kernel/maps/proximity_filter.h"

#include <bit>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bpf/hash.h"

namespace sluice::kernel {
namespace {

constexpr std::uint64_t kSeed = 0x5eed;

Prefix prefix(const std::string& text) {
  return Prefix::parse(text).value();
}

class ProximityFilterTest : public testing::Test {
 protected:
  [[nodiscard]] int bits() const {
    int count = 0;
    for (const sluice_list_line& line : lines_) {
      for (const auto word : line.words)
        count += std::popcount(std::uint64_t{word});
    }
    return count;
  }
  // Asks like the program. `high` is in host order.
  [[nodiscard]] bool is_near(std::uint32_t family, std::uint64_t high, std::uint32_t length) const {
    const std::uint64_t hash = sluice_near_hash(kSeed, family, high, length);
    const sluice_list_line& line = lines_[sluice_near_line(hash, static_cast<std::uint32_t>(lines_.size()))];
    return (line.words[sluice_near_word(hash)] >> sluice_near_place(hash) & 1) != 0;
  }
  // The areas, by their first 16 bits, that hold a short network.
  [[nodiscard]] static std::vector<unsigned> areas(const __u64 (&words)[1024]) {
    std::vector<unsigned> found;
    for (unsigned area = 0; area < 65'536; ++area) {
      if ((words[area / 64] >> (area % 64) & 1) != 0) found.push_back(area);
    }
    return found;
  }

  std::vector<sluice_list_line> lines_{64};
  sluice_areas areas_{};
  ProximityFilter proximity_{lines_, areas_, kSeed};
};

TEST_F(ProximityFilterTest, AShortNetworkMarksEveryAreaThatItReachesInto) {
  proximity_.add(prefix("192.0.2.7"));
  proximity_.add(prefix("192.0.2.0/24"));
  proximity_.add(prefix("2001:db8:0:1::/64"));
  EXPECT_TRUE(areas(areas_.v4).empty()) << "these are told by their own bit";
  EXPECT_TRUE(areas(areas_.v6).empty());
  proximity_.add(prefix("10.8.0.0/14"));
  proximity_.add(prefix("192.0.2.0/23"));
  proximity_.add(prefix("2001:db8::/32"));
  proximity_.add(prefix("fe80::/10"));
  EXPECT_EQ(areas(areas_.v4), (std::vector<unsigned>{0x0a08, 0x0a09, 0x0a0a, 0x0a0b, 0xc000}));
  const auto v6 = areas(areas_.v6);
  EXPECT_EQ(v6.size(), 1 + 64u);
  EXPECT_EQ(v6.front(), 0x2001u);
  EXPECT_EQ(v6[1], 0xfe80u);
  EXPECT_EQ(v6.back(), 0xfebfu);
  proximity_.add(prefix("10.9.0.0/16"));
  proximity_.remove(prefix("10.8.0.0/14"));
  proximity_.remove(prefix("fe80::/10"));
  EXPECT_EQ(areas(areas_.v4), (std::vector<unsigned>{0x0a09, 0xc000}));
  EXPECT_EQ(areas(areas_.v6), (std::vector<unsigned>{0x2001}));
  proximity_.add(prefix("0.0.0.0/0"));
  EXPECT_EQ(areas(areas_.v4).size(), 65'536u);
  proximity_.clear_unneeded();
  EXPECT_EQ(areas(areas_.v4).size(), 65'536u);
  EXPECT_EQ(areas(areas_.v6), (std::vector<unsigned>{0x2001}));
}

TEST_F(ProximityFilterTest, TheBitIsTheOneThatTheProgramLooksAt) {
  proximity_.add(prefix("192.0.2.7"));
  EXPECT_TRUE(is_near(SLUICE_IPV4, std::uint64_t{0xc0000200} << 32, 24));
  proximity_.add(prefix("10.0.0.0/8"));
  EXPECT_TRUE(is_near(SLUICE_IPV4, std::uint64_t{0x0a000000} << 32, 8));
  proximity_.add(prefix("2001:db8:1:2:3::/80"));
  EXPECT_TRUE(is_near(SLUICE_IPV6, 0x2001'0db8'0001'0002, 64));
  proximity_.add(prefix("2001:db8::/32"));
  EXPECT_TRUE(is_near(SLUICE_IPV6, 0x2001'0db8'0000'0000, 32));
  EXPECT_EQ(bits(), 4);
}

TEST_F(ProximityFilterTest, EntriesOfOneNetworkShareABitUntilTheLastIsGone) {
  proximity_.add(prefix("192.0.2.7"));
  proximity_.add(prefix("192.0.2.8"));
  proximity_.add(prefix("192.0.2.0/24"));
  EXPECT_EQ(bits(), 1);
  proximity_.remove(prefix("192.0.2.7"));
  proximity_.remove(prefix("192.0.2.0/24"));
  EXPECT_EQ(bits(), 1);
  proximity_.remove(prefix("192.0.2.8"));
  EXPECT_EQ(bits(), 0);
}

TEST_F(ProximityFilterTest, ACountAtItsEndStaysAndSoDoesItsBit) {
  for (int i = 0; i < 254; ++i)
    proximity_.add(prefix("192.0.2.7"));
  for (int i = 0; i < 254; ++i)
    proximity_.remove(prefix("192.0.2.7"));
  EXPECT_EQ(bits(), 0);
  for (int i = 0; i < 300; ++i)
    proximity_.add(prefix("192.0.2.7"));
  for (int i = 0; i < 300; ++i)
    proximity_.remove(prefix("192.0.2.7"));
  EXPECT_EQ(bits(), 1);
  proximity_.clear_unneeded();
  EXPECT_EQ(bits(), 1);
}

TEST_F(ProximityFilterTest, RemovingWhatWasNeverAddedChangesNothing) {
  proximity_.remove(prefix("192.0.2.7"));
  proximity_.add(prefix("192.0.2.7"));
  EXPECT_EQ(bits(), 1);
}

TEST_F(ProximityFilterTest, SettlingClearsWhatNobodyNeedsAndNothingElse) {
  for (sluice_list_line& line : lines_) {
    for (auto& word : line.words)
      word = ~std::uint64_t{0};
  }
  proximity_.add(prefix("192.0.2.7"));
  proximity_.add(prefix("2001:db8::/64"));
  EXPECT_EQ(bits(), 64 * 512);
  proximity_.clear_unneeded();
  EXPECT_EQ(bits(), 2);
  EXPECT_TRUE(is_near(SLUICE_IPV4, std::uint64_t{0xc0000200} << 32, 24));
  EXPECT_TRUE(is_near(SLUICE_IPV6, 0x2001'0db8'0000'0000, 64));
}

}  // namespace
}  // namespace sluice::kernel
