// SPDX-License-Identifier: Apache-2.0
// Against the database that MaxMind publishes for tests, where it is: SLUICE_SHARED_DATA, or ../shared/data
// beside the checkout.
#include "daemon/lists/asn_database.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::lists {
namespace {

using ::testing::HasSubstr;

std::filesystem::path test_database() {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const auto folder = given != nullptr ? std::filesystem::path(given)
                                       : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
  return folder / "maxmind-test" / "GeoLite2-ASN-Test.mmdb";
}

TEST(AsnDatabase, KnowsTheSystemsOfItsNetworks) {
  const auto path = test_database();
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "no " << path << "; set SLUICE_SHARED_DATA to the data folder";
  const auto opened = open_asn_database(path);
  ASSERT_TRUE(opened) << opened.error().message();
  const detection::SystemDirectory& directory = **opened;
  const auto address = [](std::string_view text) { return *Address::parse(text); };
  EXPECT_EQ(directory.find(address("1.128.0.1")).number, 1221U);
  EXPECT_EQ(directory.find(address("1.128.0.1")).organisation, "Telstra Pty Ltd");
  EXPECT_EQ(directory.find(address("12.81.96.7")).number, 7018U);
  EXPECT_EQ(directory.find(address("12.81.96.7")).organisation, "") << "it says none";
  EXPECT_EQ(directory.number_of(address("1.0.0.255")), 15169U);
  EXPECT_EQ(directory.number_of(address("192.0.2.1")), 0U);
  EXPECT_EQ(directory.number_of(address("2600:6000::1")), 237U);
  EXPECT_EQ(directory.number_of(address("2001:db8::1")), 0U);
}

TEST(AsnDatabase, WhatIsNoneIsRefusedInWords) {
  const auto refused = [](const std::string& path) {
    const auto opened = open_asn_database(path);
    return opened ? "" : opened.error().message();
  };
  EXPECT_EQ(refused("/nonexistent.mmdb"), "/nonexistent.mmdb: No such file or directory");
  EXPECT_EQ(refused("/dev/null"), "/dev/null: not a regular file");
  const std::string text = testing::TempDir() + "sluice-asn-none.mmdb";
  std::ofstream(text) << "AS64500,Example\n";
  EXPECT_THAT(refused(text), HasSubstr("not a database in MaxMind's format"));
  std::filesystem::remove(text);
}

}  // namespace
}  // namespace sluice::lists
