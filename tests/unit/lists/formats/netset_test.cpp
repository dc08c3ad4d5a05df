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
  EXPECT_EQ(parse_netset("\n\n", 1, entries).error().message(), "holds no address");
  EXPECT_EQ(parse_netset("<html>\n", 1, entries).error().message(),
            "holds no address: line 1: '<html>' is not an IP address");
  EXPECT_EQ(entries.size(), 0U);
}

TEST(NetSet, ATextOfCommentsAloneIsAListOfNobody) {
  Entries entries;
  for (const char* text : {"# nothing\n\n", "; Spamhaus\n",
                           "2|apnic|20260101|0|19830613|20260101|+1000\n"
                           "apnic|*|ipv4|*|0|summary\n# none\n"}) {
    const auto report = parse_netset(text, 1, entries);
    ASSERT_TRUE(report) << text;
    EXPECT_EQ(report->entries(), 0U);
    EXPECT_EQ(report->bad_lines, 0U);
  }
  EXPECT_FALSE(parse_netset("# a page\n<html>\n", 1, entries));
}

struct Line {
  const char* text;
  std::vector<std::string> networks;  // none: the line is bad
};

// As others publish networks: each line is read as what it says, or is bad.
TEST(NetSet, RangesAreReadAsRanges) {
  const Line lines[] = {
      // DShield
      {"192.0.2.0\t192.0.2.255\t24\t1234\tEXAMPLE\tUS\tabuse@example.org", {"192.0.2.0/24 1"}},
      {"192.0.2.0-192.0.2.255", {"192.0.2.0/24 1"}},
      {"192.0.2.0 - 192.0.2.255", {"192.0.2.0/24 1"}},
      {"192.0.2.0 -192.0.2.255 # x", {"192.0.2.0/24 1"}},
      {"192.0.2.0- 192.0.2.255", {"192.0.2.0/24 1"}},
      {"192.0.2.1-192.0.2.6", {"192.0.2.1/32 1", "192.0.2.2/31 1", "192.0.2.4/31 1", "192.0.2.6/32 1"}},
      {"192.0.2.7-192.0.2.7", {"192.0.2.7/32 1"}},
      {"192.0.2.7 192.0.2.7", {"192.0.2.7/32 1"}},
      {"0.0.0.0-255.255.255.255", {"0.0.0.0/0 1"}},
      {"255.255.255.254-255.255.255.255", {"255.255.255.254/31 1"}},
      {"2001:db8::-2001:db8::ffff", {"20010db8000000000000000000000000/112 1"}},
      {"2001:db8:: - 2001:db8:0:0:ffff:ffff:ffff:ffff", {"20010db8000000000000000000000000/64 1"}},
      {"2001:db8::ffff:ffff:ffff:ffff-2001:db8:0:1::",
       {"20010db800000000ffffffffffffffff/128 1", "20010db8000000010000000000000000/128 1"}},
      {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {"00000000000000000000000000000000/0 1"}},
      {"192.0.2.0 255.255.255.0", {"192.0.2.0/24 1"}},
      {"192.0.2.0/255.255.255.0", {"192.0.2.0/24 1"}},
      {"192.0.2.0 0.0.0.255", {"192.0.2.0/24 1"}},
      {"Some Org, inc. - x:192.0.2.0-192.0.2.255", {"192.0.2.0/24 1"}},
      {"192.0.2.9 is theirs:198.51.100.0-198.51.100.1", {"198.51.100.0/31 1"}},
      {"apnic|AU|ipv4|192.0.2.0|256|20110811|assigned", {"192.0.2.0/24 1"}},
      {"ripencc|DE|ipv4|198.51.100.0|768|20110811|allocated|x", {"198.51.100.0/23 1", "198.51.102.0/24 1"}},
      {"apnic|AU|ipv6|2001:db8::|32|20110811|assigned", {"20010db8000000000000000000000000/32 1"}},
      // The number behind an address says how often it was seen, or what else it is.
      {"192.0.2.1\t10", {"192.0.2.1/32 1"}},
      {"192.0.2.1 24", {"192.0.2.1/32 1"}},
      {"192.0.2.1;7", {"192.0.2.1/32 1"}},
      {"192.0.2.4 2", {"192.0.2.4/32 1"}},
      {"192.0.2.1 2026-01-31", {"192.0.2.1/32 1"}},
      {"192.0.2.1 - - [31/Jan/2026:00:00:00 +0000]", {"192.0.2.1/32 1"}},
      {"192.0.2.1 - somebody", {"192.0.2.1/32 1"}},
      {"192.0.2.0/24 - somebody", {"192.0.2.0/24 1"}},
      {"192.0.2.0/24 AS64500", {"192.0.2.0/24 1"}},
      {"192.0.2.0/24 24", {"192.0.2.0/24 1"}},
  };
  for (const Line& line : lines) {
    Entries entries;
    const auto report = parse_netset(line.text, 1, entries);
    ASSERT_TRUE(report) << line.text << ": " << report.error().message();
    EXPECT_EQ(report->bad_lines, 0U) << line.text;
    EXPECT_EQ(packed_texts(entries), line.networks) << line.text;
  }
}

TEST(NetSet, ALineThatMayBeANetworkIsNotReadAsOneAddress) {
  for (const char* line : {"192.0.2.0 24",
                           "192.0.2.0;24",
                           "192.0.2.0 | 24",
                           "192.0.2.0 256",
                           "2001:db8:: 32",
                           "192.0.2.0;192.0.2.200",
                           "192.0.2.0 192.0.2.200",
                           "192.0.2.1 198.51.100.1 203.0.113.1",
                           "192.0.2.0/24 198.51.100.0/24",
                           "192.0.2.0/24 - 198.51.100.0/24",
                           "192.0.2.1 198.51.100.0/24",
                           "192.0.2.0 , 192.0.2.255",
                           "192.0.2.0,192.0.2.255,Example,https://example.org/",
                           "192.0.2.0,24",
                           "192.0.2.1,5,2026-01-31",
                           "192.0.2.0-255",
                           "192.0.2.0 - 255",
                           "192.0.2.255-192.0.2.0",
                           "192.0.2.0-2001:db8::",
                           "192.0.2.0-",
                           "192.0.2.1-example",
                           "0.0.0.0 example.org",
                           "127.0.0.1 localhost",
                           "::1 localhost",
                           "apnic|AU|ipv4|192.0.2.0|0|20110811|assigned",
                           "apnic|AU|ipv4|255.255.255.0|512|20110811|assigned",
                           "apnic|AU|ipv6|2001:db8::|129|20110811|assigned",
                           "apnic|AU|ipv4|x|256|20110811|assigned",
                           "192.000.002.000 - 192.000.002.255 , 000 , x",
                           "192.0.2.0/255.0.255.0"}) {
    Entries entries;
    const auto report = parse_netset(fmt::format("{}\n203.0.113.9\n", line), 1, entries);
    ASSERT_TRUE(report) << line;
    EXPECT_EQ(report->bad_lines, 1U) << line;
    EXPECT_THAT(packed_texts(entries), ElementsAre("203.0.113.9/32 1")) << line;
  }
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
