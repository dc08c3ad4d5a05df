// SPDX-License-Identifier: Apache-2.0
// The formats of lists beside the plain one, each with what is wrong in it.
#include "daemon/lists/formats/parse_list.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/lists/content.h"
#include "daemon/lists/formats/csv.h"
#include "daemon/lists/formats/json_ranges.h"
#include "tests/unit/lists/texts.h"

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Parsed {
  std::vector<std::string> networks;
  ListReport report;
  std::string error;
};

Parsed parse(std::string_view text, const ListOptions& options) {
  Entries entries;
  auto report = parse_list(text, options, 1, entries);
  if (!report) {
    EXPECT_EQ(entries.size(), 0U);
    return {{}, {}, report.error().message()};
  }
  return {texts(entries), *report, ""};
}

ListOptions csv(std::string column, std::string separator = ",") {
  ListOptions options;
  options.format = ListFormat::csv;
  options.column = std::move(column);
  options.separator = std::move(separator);
  return options;
}

ListOptions json(std::vector<std::string> paths) {
  ListOptions options;
  options.format = ListFormat::json;
  options.paths = std::move(paths);
  return options;
}

TEST(Csv, AColumnByItsNumber) {
  const auto parsed = parse(
      "\xef\xbb\xbfname,network\r\n# a comment\na,192.0.2.7\n\n\"b, and more\",\"198.51.100.9/24\"\n"
      "c , 2001:db8::/32 ,x\n",
      csv("2"));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.7", "198.51.100.0/24", "2001:db8::/32"));
  EXPECT_EQ(parsed.report.host_bits_cleared, 1U);
  EXPECT_EQ(parsed.report.bad_lines, 0U);  // the first line is names
}

TEST(Csv, AColumnByItsName) {
  EXPECT_THAT(parse("ip;seen\n192.0.2.1;today\n", csv("ip", ";")).networks, ElementsAre("192.0.2.1"));
  EXPECT_THAT(parse("\"the \"\"ip\"\"\",seen\n192.0.2.1,today\n", csv("the \"ip\"")).networks,
              ElementsAre("192.0.2.1"));
  EXPECT_EQ(parse("# x\nip,seen\n192.0.2.1,today\n", csv("addr")).error,
            "line 2: there is no column 'addr' in 'ip,seen'");
}

TEST(Csv, BadLinesAreCountedWithTheirNumbers) {
  const auto parsed =
      parse("192.0.2.1,a\n\n192.0.2.2\nx,y\nz,192.0.2.0/33\nz,\"192.0.2.9\n,192.0.2.3\n", csv("2"));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.9", "192.0.2.3"));
  EXPECT_EQ(parsed.report.bad_lines, 3U);
  EXPECT_THAT(parsed.report.faults,
              ElementsAre("line 3: has no column 2", "line 4: 'y' is not an IP address",
                          "line 5: '192.0.2.0/33': the prefix length must be a number from 0 to 32"));
}

TEST(Csv, ARangeHasTwoColumns) {
  ListOptions options = csv("1");
  const char* const ipcat = "192.0.2.0,192.0.2.255,Example,https://example.org/\n192.0.2.9,192.0.2.9,x,y\n";
  const auto alone = parse(ipcat, options);
  EXPECT_THAT(alone.networks, ElementsAre("192.0.2.9"));
  EXPECT_THAT(alone.report.faults, ElementsAre(HasSubstr("name the column with the end in last_column")));
  options.last_column = "2";
  EXPECT_THAT(parse(ipcat, options).networks, ElementsAre("192.0.2.0/24", "192.0.2.9"));
  options.column = "from";
  options.last_column = "to";
  EXPECT_THAT(parse("x,to,from\na,192.0.2.2,192.0.2.0\na,b,192.0.2.0\n", options).networks,
              ElementsAre("192.0.2.0/31", "192.0.2.2"));
  EXPECT_THAT(parse("x,from\n", options).error, HasSubstr("there is no column 'to' in 'x,from'"));
  EXPECT_EQ(parse("x,to,from\na,b,192.0.2.0\na,192.0.2.2,192.0.2.0\na,192.0.2.2\n", options).report.bad_lines,
            2U);
}

TEST(Csv, ASizeBesideAnAddressIsNotPassedOver) {
  EXPECT_THAT(parse("192.0.2.0,24\n192.0.2.1,24\n192.0.2.0,5.5\n192.0.2.1,443\n", csv("1")).networks,
              ElementsAre("192.0.2.1", "192.0.2.0", "192.0.2.1"));
  EXPECT_EQ(parse("192.0.2.0,24\n192.0.2.1,24\n", csv("1")).report.bad_lines, 1U);
  // Who connected and to whom: the second is not the end of a range.
  EXPECT_THAT(parse("198.51.100.9,192.0.2.1\n", csv("1")).networks, ElementsAre("198.51.100.9"));
  EXPECT_THAT(parse("192.0.2.0-192.0.2.255,x\n", csv("1")).networks, ElementsAre("192.0.2.0/24"));
}

TEST(Csv, WhatRegistriesHaveDelegated) {
  const auto parsed = parse(
      "2|apnic|20260101|3|19830613|20260101|+1000\napnic|*|ipv4|*|2|summary\n"
      "apnic|AU|ipv4|192.0.2.0|256|20110811|assigned\napnic|AU|ipv6|2001:db8::|32|20110811|assigned\n"
      "apnic|AU|ipv4|198.51.100.0|0|20110811|assigned\n",
      csv("4", "|"));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.0/24", "2001:db8::/32"));
  EXPECT_EQ(parsed.report.bad_lines, 1U);
}

TEST(Csv, NamesOrCommentsAloneAreAListOfNobody) {
  EXPECT_EQ(parse("# none today\n", csv("1")).error, "");
  EXPECT_EQ(parse("# none today\nip,seen\n", csv("ip")).error, "");
  EXPECT_EQ(parse("Not found\n", csv("1")).error, "holds no address");
  EXPECT_EQ(parse("", csv("1")).error, "holds no address");
}

TEST(Csv, AFeedOfNetworksAndWhereTheyAre) {  // RFC 8805
  ListOptions options;
  options.format = ListFormat::geofeed;
  EXPECT_THAT(parse("# feed\n192.0.2.0/24,US,US-CA,,\n2001:db8::/32,DE,,,\n", options).networks,
              ElementsAre("192.0.2.0/24", "2001:db8::/32"));
}

TEST(Csv, AFieldOfAnyLengthIsKeptShort) {
  const auto parsed = parse("192.0.2.1\n" + std::string(1'000'000, 'x') + "\n", csv("1"));
  EXPECT_EQ(parsed.report.bad_lines, 1U);
  EXPECT_LT(parsed.report.faults.at(0).size(), 120U);
}

TEST(Json, PathsGoThroughObjectsAndArrays) {
  EXPECT_THAT(parse(R"({"a":{"b":[{"c":"192.0.2.0/24"},{"c":["192.0.2.1",["192.0.2.2"]]},{"d":1},7]}})",
                    json({"a.b.c"}))
                  .networks,
              ElementsAre("192.0.2.0/24", "192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(parse(R"({"x":{"net":"192.0.2.1"},"y":{"net":"2001:db8::1"},"z":5})", json({"*.net"})).networks,
              ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_THAT(parse(R"([["192.0.2.1"],"192.0.2.2"])", json({"*"})).error, HasSubstr("holds no address"));
}

TEST(Json, ADocumentThatIsAnArrayOfObjects) {
  EXPECT_THAT(parse(R"([{"ip":"192.0.2.1"},{"ip":null},{"ip":"192.0.2.2"}])", json({"ip"})).networks,
              ElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST(Json, WhatIsWrongIsNamedWithItsNumber) {
  const auto parsed = parse(R"({"p":["192.0.2.1",7,"nobody",{"q":1},"192.0.2.0/99"]})", json({"p"}));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.1"));
  EXPECT_EQ(parsed.report.bad_lines, 4U);
  EXPECT_THAT(
      parsed.report.faults,
      ElementsAre("entry 2: is no text", "entry 3: 'nobody' is not an IP address", "entry 4: is no text"));
  EXPECT_EQ(parse(R"({"x":[]})", json({"p", "q.r"})).error, "holds no address at p, q.r");
  EXPECT_THAT(parse("<html>", json({"p"})).error, HasSubstr("is not JSON: "));
  EXPECT_THAT(parse("", json({"p"})).error, HasSubstr("is not JSON: "));
}

TEST(Json, ADocumentInEachLine) {  // as Spamhaus publishes its lists
  const auto parsed = parse(
      "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\",\"rir\":\"apnic\"}\n"
      "{\"cidr\":\"2001:db8::/32\",\"sblid\":\"SBL2\",\"rir\":\"arin\"}\r\n\n"
      "{\"type\":\"metadata\",\"timestamp\":1767225600,\"size\":2,\"records\":2}\n",
      json({"cidr"}));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.0/24", "2001:db8::/32"));
  EXPECT_EQ(parsed.report.bad_lines, 0U);
  const auto cut =
      parse("{\"cidr\":\"192.0.2.0/24\"}\n{\"cidr\":\"192.0.2.0/33\"}\n{\"cidr\":\"198.5", json({"cidr"}));
  EXPECT_THAT(cut.networks, ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(cut.report.faults,
              ElementsAre(HasSubstr("line 2: '192.0.2.0/33'"), HasSubstr("line 3: is not JSON")));
  EXPECT_THAT(parse("{\"a\":1}\n{\"b\":\"192.0.2.1\"}\n", json({"cidr"})).error,
              HasSubstr("holds no address at"));
}

TEST(Json, EmptyArraysAndMetadataAloneAreAListOfNobody) {
  EXPECT_EQ(parse(R"({"prefixes":[]})", json({"prefixes.ipv4Prefix"})).error, "");
  EXPECT_EQ(parse("{\"type\":\"metadata\",\"records\":0}\n", json({"cidr"})).error, "");
  EXPECT_EQ(parse("{\"type\":\"metadata\",\"records\":0}\n{\"type\":\"metadata\"}\n", json({"cidr"})).error,
            "");
  EXPECT_NE(parse(R"({"error":"not found"})", json({"prefixes.ipv4Prefix"})).error, "");
  EXPECT_NE(parse(R"({"other":[]})", json({"prefixes.ipv4Prefix"})).error, "");
}

TEST(Json, NestingIsBounded) {
  const std::string deep = std::string(500, '[') + "\"192.0.2.1\"" + std::string(500, ']');
  const auto parsed = parse(R"({"p":["192.0.2.7",)" + deep + "]}", json({"p"}));
  EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.7"));
  EXPECT_EQ(parsed.report.bad_lines, 1U);
  EXPECT_THAT(parse(std::string(100'000, '['), json({"p"})).error, HasSubstr("is not JSON: "));
}

TEST(Json, APathIsChecked) {
  EXPECT_TRUE(check_json_path("prefixes.ipv4Prefix"));
  EXPECT_TRUE(check_json_path("*"));
  for (const char* path : {"", ".", "a.", ".a", "a..b", "a.b.c.d.e.f.g.h.i"})
    EXPECT_FALSE(check_json_path(path)) << path;
}

// As their owners publish them, cut short.
TEST(Published, CloudsAndCrawlers) {
  const std::pair<ListFormat, const char*> published[] = {
      {ListFormat::aws,
       R"({"syncToken":"1","prefixes":[{"ip_prefix":"192.0.2.0/24","region":"x","service":"EC2"}],
           "ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32","service":"S3"}]})"},
      {ListFormat::azure,
       R"({"changeNumber":1,"values":[{"name":"A","properties":{"addressPrefixes":["192.0.2.0/24","2001:db8::/32"]}}]})"},
      {ListFormat::cloudflare,
       R"({"result":{"ipv4_cidrs":["192.0.2.0/24"],"ipv6_cidrs":["2001:db8::/32"],"etag":"x"},"success":true})"},
      {ListFormat::fastly, R"({"addresses":["192.0.2.0/24"],"ipv6_addresses":["2001:db8::/32"]})"},
      {ListFormat::google,
       R"({"creationTime":"x","prefixes":[{"ipv4Prefix":"192.0.2.0/24"},{"ipv6Prefix":"2001:db8::/32"}]})"},
      {ListFormat::oracle,
       R"({"regions":[{"region":"x","cidrs":[{"cidr":"192.0.2.0/24","tags":["OCI"]},{"cidr":"2001:db8::/32"}]}]})"},
  };
  for (const auto& [format, text] : published) {
    ListOptions options;
    options.format = format;
    const auto parsed = parse(text, options);
    EXPECT_THAT(parsed.networks, ElementsAre("192.0.2.0/24", "2001:db8::/32")) << text << parsed.error;
    EXPECT_EQ(parsed.report.bad_lines, 0U) << text;
  }
}

TEST(Limits, MoreEntriesThanAllowedAreRefusedWhole) {
  ListOptions options = csv("1");
  options.max_entries = 2;
  EXPECT_EQ(parse("192.0.2.1\n192.0.2.2\n", options).networks.size(), 2U);
  EXPECT_EQ(parse("192.0.2.1\n192.0.2.2\n192.0.2.3\n", options).error, "holds more than 2 entries");
  ListOptions plain;
  plain.max_entries = 1;
  EXPECT_EQ(parse("192.0.2.1\n192.0.2.2\n", plain).error, "holds more than 1 entries");
  ListOptions paths = json({"p"});
  paths.max_entries = 1;
  EXPECT_EQ(parse(R"({"p":["192.0.2.1","192.0.2.2"]})", paths).error, "holds more than 1 entries");
}

// Lists of robots and of content delivery networks as they are published, where the data set is beside the
// checkout.
TEST(PublishedData, EachFileIsReadWithoutABadLine) {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path data =
      given != nullptr ? given : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
  const auto folder = data / "verified-crawlers" / "whitelists";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "no " << folder.string() << "; set SLUICE_SHARED_DATA to the data folder";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    ListOptions options;
    options.name = "published";
    options.source = entry.path().string();
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".json") {
      options.format = ListFormat::crawlers;
      options.action = ListAction::verify_crawler;
    } else if (name.find("_ip") == std::string::npos || entry.path().extension() != ".txt") {
      continue;
    }
    const auto content = read_content(options, 1);
    ASSERT_TRUE(content) << content.error().message();
    EXPECT_EQ(content->report.bad_lines, 0U)
        << entry.path() << ": " << fmt::format("{}", fmt::join(content->report.faults, "; "));
    ++files;
  }
  EXPECT_GT(files, 20U);
}

}  // namespace
}  // namespace sluice::lists
