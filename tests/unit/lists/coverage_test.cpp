// SPDX-License-Identifier: Apache-2.0
// How much a list covers.
#include "daemon/lists/coverage.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/lists/sync/accepted.h"

namespace sluice::lists {
namespace {

using testing::DoubleNear;

std::vector<Prefix> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Prefix> all;
  for (const std::string_view text : texts)
    all.push_back(Prefix::parse(text).value());
  return all;
}

Entries sorted(std::initializer_list<std::string_view> texts) {
  return sorted_entries(networks(texts));
}

constexpr double kBlockV4 = 1.0 / 221;  // a /8 of all public addresses
constexpr double kExact = 1e-12;

TEST(Coverage, IsOfPublicAddressesAndCountsOverlapsOnce) {
  EXPECT_EQ(coverage_of({}).v4, 0);
  const Coverage some = coverage_of(sorted(
      {"9.0.0.0/8", "9.1.0.0/16", "9.1.2.3", "11.0.0.0/9", "2001:db8::/32", "2001:db8:1::/48", "3000::/4"}));
  EXPECT_THAT(some.v4, DoubleNear(1.5 * kBlockV4, kExact));
  EXPECT_THAT(some.v6, DoubleNear(0.5 + 1.0 / (1U << 29U), kExact));
  const Coverage none = coverage_of(
      sorted({"10.0.0.0/8", "127.0.0.1", "224.0.0.0/8", "0.0.0.0/8", "fc00::/7", "ff00::/8", "::1"}));
  EXPECT_EQ(none.v4, 0);
  EXPECT_EQ(none.v6, 0);
}

TEST(Coverage, OfEverythingIsOne) {
  Entries all;
  for (std::uint32_t block = 0; block < 256; ++block)
    all.v4.push_back(make_entry_v4(block << 24U, 8, 1));
  for (std::uint64_t block = 0; block < 65'536; ++block)
    all.v6.push_back({block << 48U, 0, 16, 1});
  EXPECT_THAT(coverage_of(all).v4, DoubleNear(1, kExact));
  EXPECT_THAT(coverage_of(all).v6, DoubleNear(1, kExact));
  const Coverage newly = newly_covered(sorted({"9.0.0.0/8", "2000::/4"}), all);
  EXPECT_THAT(newly.v4, DoubleNear(220 * kBlockV4, kExact));
  EXPECT_THAT(newly.v6, DoubleNear(0.5, kExact));
}

TEST(Coverage, WhatWasCoveredInAnotherShapeIsNotNew) {
  const Coverage same = newly_covered(sorted({"9.0.0.0/8", "2001:db8::/32"}),
                                      sorted({"9.0.0.0/9", "9.128.0.0/9", "2001:db8::/33"}));
  EXPECT_THAT(same.v4, DoubleNear(0, kExact));
  EXPECT_THAT(same.v6, DoubleNear(0, kExact));
  EXPECT_THAT(newly_covered(sorted({"9.0.0.0/9", "12.0.0.0/8"}), sorted({"9.0.0.0/8"})).v4,
              DoubleNear(0.5 * kBlockV4, kExact));
}

TEST(Coverage, OfGivenNetworks) {
  const Entries list = sorted({"192.0.2.0/25", "198.51.100.0/24", "203.0.113.7", "2001:db8::/32"});
  EXPECT_TRUE(holds(list, Prefix::parse("192.0.2.5").value()));
  EXPECT_FALSE(holds(list, Prefix::parse("192.0.2.0/24").value()));
  EXPECT_TRUE(holds(list, Prefix::parse("2001:db8:5::/64").value()));
  EXPECT_FALSE(holds(list, Prefix::parse("2001:db9::/64").value()));
  EXPECT_THAT(share_covered(list, networks({"192.0.2.0/24", "198.51.100.0/24"})), DoubleNear(0.75, kExact));
  EXPECT_THAT(share_covered(list, networks({"203.0.113.0/24"})), DoubleNear(1.0 / 256, kExact));
  EXPECT_THAT(share_covered(list, networks({"9.0.0.0/8", "2001:db8:1::/48"})), DoubleNear(1, kExact));
  EXPECT_EQ(share_covered(list, {}), 0);
}

TEST(Accepted, IsReadAsItWasWrittenRoundedUp) {
  std::string folder = std::filesystem::temp_directory_path() / "sluice-accepted-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/.accepted";
  EXPECT_TRUE(load_accepted(path).empty());
  const std::vector<Accepted> wanted = {{"a", "/a", {0.25, 1.0 / 3}}, {"b", "/b c", {1, 0}}};
  ASSERT_TRUE(save_accepted(path, wanted));
  auto read = load_accepted(path);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].source, "/b c");
  EXPECT_EQ(read[1].coverage.v4, 1);
  EXPECT_GE(read[0].coverage.v6, 1.0 / 3);
  EXPECT_THAT(read[0].coverage.v6, DoubleNear(1.0 / 3, 1e-6));
  std::ofstream(path) << "a\t/a\t1\n\tx\nb\t/b\t99999999\t-1\nc\t/c\t99999999\t5\n";
  read = load_accepted(path);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].coverage.v4, 1);
  ASSERT_TRUE(save_accepted(path, {}));
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::lists
