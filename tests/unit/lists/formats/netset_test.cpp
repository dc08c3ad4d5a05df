// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/netset.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> packed_texts(const Entries& entries) {
  std::vector<std::string> texts;
  for (const EntryV4 entry : entries.v4) {
    const std::uint32_t n = network_of(entry);
    texts.push_back(fmt::format("{}.{}.{}.{}/{} {}", n >> 24U, n >> 16U & 255U, n >> 8U & 255U, n & 255U,
                                length_of(entry), list_of(entry)));
  }
  for (const EntryV6& entry : entries.v6)
    texts.push_back(fmt::format("{:016x}{:016x}/{} {}", entry.high, entry.low, entry.length, entry.list));
  return texts;
}

TEST(NetSet, AddressesNetworksCommentsAndBlankLines) {
  Entries entries;
  const auto report = parse_netset(
      "\xef\xbb\xbf# a list\r\n"
      "192.0.2.1\r\n"
      "\n"
      "  198.51.100.0/24 ; SBL1 some words\n"
      "203.0.113.128/25#x\n"
      "\t2001:db8::/32\tAS64500\n"
      "; more\n"
      "::ffff:10.0.0.1\n"
      "2001:db8::1",
      5, entries);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries_v4, 4U);
  EXPECT_EQ(report->entries_v6, 2U);
  EXPECT_EQ(report->bad_lines, 0U);
  EXPECT_EQ(report->host_bits_cleared, 0U);
  EXPECT_THAT(packed_texts(entries),
              ElementsAre("192.0.2.1/32 5", "198.51.100.0/24 5", "203.0.113.128/25 5", "10.0.0.1/32 5",
                          "20010db8000000000000000000000000/32 5", "20010db8000000000000000000000001/128 5"));
}

TEST(NetSet, HostBitsAreClearedAndCounted) {
  Entries entries;
  const auto report = parse_netset("192.0.2.1/24\n10.1.2.3/0\n2001:db8::1/64\n2001:db8:1::/48\n", 1, entries);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->host_bits_cleared, 3U);
  EXPECT_THAT(packed_texts(entries),
              ElementsAre("192.0.2.0/24 1", "0.0.0.0/0 1", "20010db8000000000000000000000000/64 1",
                          "20010db8000100000000000000000000/48 1"));
}

TEST(NetSet, BadLinesAreCountedAndTheFirstNamed) {
  Entries entries;
  const auto report = parse_netset(
      "192.0.2.1\nexample.org\n10.0.0.0/33\n2001:db8::/129\n10.0.0.256\n10.0.0.0/\n10.0.0.0/8x\n10.0.0\n"
      "10.0.0.01\n10.0.0.0/08\n10.0.0.0.0\n/8\n",
      1, entries);
  ASSERT_TRUE(report);
  EXPECT_EQ(entries.size(), 1U);
  EXPECT_EQ(report->bad_lines, 11U);
  EXPECT_THAT(report->faults,
              ElementsAre("line 2: 'example.org' is not an IP address",
                          "line 3: '10.0.0.0/33': the prefix length must be a number from 0 to 32",
                          "line 4: '2001:db8::/129': the prefix length must be a number from 0 to 128"));
}

TEST(NetSet, ATextWithoutAnyAddressIsAnError) {
  Entries entries;
  EXPECT_EQ(parse_netset("", 1, entries).error().message(), "holds no address");
  EXPECT_EQ(parse_netset("# nothing\n\n", 1, entries).error().message(), "holds no address");
  EXPECT_EQ(parse_netset("<html>\n", 1, entries).error().message(),
            "holds no address: line 1: '<html>' is not an IP address");
  EXPECT_EQ(entries.size(), 0U);
}

TEST(NetSet, WhatAStrangerWritesIsShownShortAndPrintable) {
  Entries entries;
  const std::string text = "\x1b[31m" + std::string(100'000, 'x') + "\n" + std::string(3, '\0') + "\n";
  const auto report = parse_netset(text, 1, entries);
  ASSERT_FALSE(report);
  EXPECT_LT(report.error().message().size(), 300U);
  EXPECT_THAT(report.error().message(), HasSubstr("line 1: '?[31mxxx"));
  EXPECT_EQ(report.error().message().find('\0'), std::string::npos);
}

TEST(NetSet, ReadsTheSameAddressesAsTheParserOfBase) {
  for (const char* text :
       {"0.0.0.0", "255.255.255.255", "1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3",
        "1..2.3", "256.1.1.1", "1.1.1.1111", "00.0.0.0", "1.2.3.4a", "-1.2.3.4"}) {
    Entries entries;
    const auto address = Address::parse(text);
    EXPECT_EQ(parse_netset(text, 1, entries).has_value(), address.has_value()) << text;
    if (!address) continue;
    EXPECT_EQ(network_of(entries.v4.at(0)), number_of(*address)) << text;
  }
}

class NetSetFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-lists-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(NetSetFile, IsReadWhole) {
  const auto path = folder_ / "list";
  std::ofstream(path) << "10.0.0.0/8\n";
  Entries entries;
  EXPECT_EQ(load_netset(path, 3, entries)->entries_v4, 1U);
  EXPECT_THAT(packed_texts(entries), ElementsAre("10.0.0.0/8 3"));
}

TEST_F(NetSetFile, WhatIsNoListIsNamed) {
  Entries entries;
  EXPECT_THAT(load_netset(folder_ / "none", 1, entries).error().message(),
              testing::EndsWith("/none: No such file or directory"));
  EXPECT_THAT(load_netset(folder_, 1, entries).error().message(), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(load_netset(folder_ / "pipe", 1, entries).error().message(), HasSubstr("not a regular file"));
  std::ofstream(folder_ / "bad") << "# head\nwhat\n";
  EXPECT_THAT(load_netset(folder_ / "bad", 1, entries).error().message(),
              testing::EndsWith("/bad: holds no address: line 2: 'what' is not an IP address"));
}

// Published ranges of crawlers and proxies, where the data set is beside the checkout.
TEST(NetSetData, PublishedRangesAreReadWithoutABadLine) {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path data =
      given != nullptr ? given : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::is_directory(data / "ipranges"))
    GTEST_SKIP() << "no " << (data / "ipranges").string() << "; set SLUICE_SHARED_DATA to the data folder";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "ipranges")) {
    if (entry.path().extension() != ".txt" || entry.path().filename().string().starts_with("README"))
      continue;
    if (entry.file_size() == 0) continue;
    Entries entries;
    const auto report = load_netset(entry.path(), 1, entries);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->bad_lines, 0U) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace sluice::lists
