// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/crawlers.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// DNS as a test wants it; what is not in it is pending.
class Zone final : public NameOracle {
 public:
  Names names_of(const Address& address) override {
    ++asked;
    const auto found = names.find(address.to_string());
    return found != names.end() ? found->second : Names{};
  }
  Addresses addresses_of(std::string_view name, Family family) override {
    ++asked;
    const auto found = addresses.find(std::string(name) + (family == Family::ipv4 ? "/4" : "/6"));
    return found != addresses.end() ? found->second : Addresses{};
  }

  std::map<std::string, Names> names;
  std::map<std::string, Addresses> addresses;
  int asked = 0;
};

using State = NameOracle::State;

Address address(std::string_view text) {
  return Address::parse(text).value();
}

CrawlerDirectory directory(std::string_view text) {
  const CrawlerList list = parse_crawlers(text);
  EXPECT_THAT(list.faults, IsEmpty());
  return CrawlerDirectory(list.crawlers);
}

class Verify : public testing::Test {
 protected:
  CrawlerVerdict verdict(std::string_view agent, std::string_view from) {
    const auto* crawler = directory_.find(agent);
    if (crawler == nullptr) {
      ADD_FAILURE() << "nobody claims to be " << agent;
      return CrawlerVerdict::unknown;
    }
    check_ = CrawlerDirectory::verify(*crawler, address(from), zone_);
    return check_.verdict;
  }

  CrawlerDirectory directory_ = directory(R"(# Comment
{"name":"named","user_agent":"namedbot","rdns":["(^|\\.)crawl\\.example$"]}
{"name":"ranged","user_agent":"rangedbot|otherbot","ranges":["192.0.2.0/24","198.51.100.7/32"]}
{"name":"both","user_agent":"bothbot","rdns":["(^|\\.)both\\.example$"],"ranges":["203.0.113.0/24"]}
{"name":"partly","user_agent":"partlybot","ranges":["192.0.2.0/24"],"complete":false}
)");
  Zone zone_;
  CrawlerCheck check_;
};

TEST_F(Verify, OnlyAClaimIsLookedInto) {
  EXPECT_EQ(directory_.size(), 4U);
  EXPECT_EQ(directory_.find("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
            nullptr);
  EXPECT_EQ(CrawlerDirectory::name_of(*directory_.find("Mozilla/5.0 (compatible; OtherBot/1)")), "ranged");
  EXPECT_EQ(directory({}).find("namedbot"), nullptr);
}

TEST_F(Verify, Ranges) {
  EXPECT_EQ(verdict("rangedbot", "192.0.2.200"), CrawlerVerdict::verified_by_range);
  EXPECT_EQ(check_.text, "is ranged: 192.0.2.200 is in 192.0.2.0/24, which its operator publishes");
  EXPECT_EQ(verdict("rangedbot", "198.51.100.7"), CrawlerVerdict::verified_by_range);
  EXPECT_EQ(verdict("rangedbot", "198.51.100.8"), CrawlerVerdict::contradicted);
  EXPECT_EQ(check_.text,
            "says it is ranged, but 198.51.100.8 is in none of the 2 ranges that its operator publishes");
  EXPECT_EQ(verdict("rangedbot", "2001:db8::1"), CrawlerVerdict::unknown);
  EXPECT_EQ(verdict("partlybot", "198.51.100.8"), CrawlerVerdict::unknown);
  EXPECT_EQ(zone_.asked, 0);
}

TEST_F(Verify, ANameMustLeadThereAndBack) {
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::pending);
  zone_.names["192.0.2.1"] = {State::known, {"a.crawl.example"}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::pending);
  zone_.addresses["a.crawl.example/4"] = {State::known, {address("192.0.2.9"), address("192.0.2.1")}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::verified_by_name);
  EXPECT_EQ(check_.text, "is named: 192.0.2.1 is a.crawl.example and that name leads back");
}

TEST_F(Verify, AnotherNameContradicts) {
  zone_.names["192.0.2.1"] = {State::known, {"host.isp.example"}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::contradicted);
  EXPECT_EQ(check_.text,
            "says it is named, but 192.0.2.1 is named "
            "host.isp.example in DNS, which is not one of its operator's names");
  // The end of the name counts, not a part.
  zone_.names["192.0.2.2"] = {State::known, {"crawl.example.isp.example"}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.2"), CrawlerVerdict::contradicted);
  zone_.names["192.0.2.3"] = {State::known, {"notcrawl.example"}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.3"), CrawlerVerdict::contradicted);
}

// Whoever owns an address can give it any name; the name's owner decides where it leads.
TEST_F(Verify, ANameThatDoesNotLeadBackContradicts) {
  zone_.names["192.0.2.1"] = {State::known, {"a.crawl.example"}};
  zone_.addresses["a.crawl.example/4"] = {State::known, {address("192.0.2.9")}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::contradicted);
  EXPECT_THAT(check_.text, HasSubstr("does not lead back"));
  zone_.addresses["a.crawl.example/4"] = {State::known, {}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::contradicted);
}

TEST_F(Verify, AFailureIsNoLie) {
  zone_.names["192.0.2.1"] = {State::failed, {}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::unknown);
  EXPECT_THAT(check_.text, HasSubstr("could not be looked up"));
  zone_.names["192.0.2.2"] = {State::known, {}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.2"), CrawlerVerdict::unknown);
  EXPECT_THAT(check_.text, HasSubstr("has no name"));
  zone_.names["192.0.2.3"] = {State::known, {"a.crawl.example", "b.crawl.example"}};
  zone_.addresses["a.crawl.example/4"] = {State::failed, {}};
  zone_.addresses["b.crawl.example/4"] = {State::known, {}};
  EXPECT_EQ(verdict("namedbot", "192.0.2.3"), CrawlerVerdict::unknown);
}

TEST_F(Verify, RangesSpareTheLookUp) {
  EXPECT_EQ(verdict("bothbot", "203.0.113.5"), CrawlerVerdict::verified_by_range);
  EXPECT_EQ(zone_.asked, 0);
  EXPECT_EQ(verdict("bothbot", "192.0.2.1"), CrawlerVerdict::pending);
  EXPECT_EQ(zone_.asked, 1);
}

TEST_F(Verify, ManyNamesAreNotAllFollowed) {
  NameOracle::Names names{State::known, {}};
  for (int i = 0; i < 100; ++i) {
    names.names.push_back("n" + std::to_string(i) + ".crawl.example");
    zone_.addresses[names.names.back() + "/4"] = {State::known, {}};
  }
  zone_.names["192.0.2.1"] = names;
  EXPECT_EQ(verdict("namedbot", "192.0.2.1"), CrawlerVerdict::contradicted);
  EXPECT_EQ(zone_.asked, 1 + 4);
}

TEST(CrawlerList, WhatCannotBeReadIsNamed) {
  const CrawlerList list = parse_crawlers(R"({"name":"a","user_agent":"a","ranges":["192.0.2.0/24"]}
what
[]
{"name":"b"}
{"name":"c","user_agent":"c"}
{"name":"d","user_agent":"d","ranges":["192.0.2.1/24"]}
{"name":"e","user_agent":"e","ranges":"192.0.2.0/24"}
{"name":"f","user_agent":"f","rdns":[7]}
)");
  EXPECT_EQ(list.crawlers.size(), 1U);
  EXPECT_THAT(list.faults,
              ElementsAre(HasSubstr("line 2: is not JSON"), "line 3: is not a JSON object",
                          HasSubstr("line 4: must have"), HasSubstr("line 5: c: must have"),
                          HasSubstr("line 6: d: '192.0.2.1/24' has host bits set"),
                          HasSubstr("line 7: \"ranges\" must be"), HasSubstr("line 8: \"rdns\" must be")));
}

// What an operator publishes may be in several lists: by family, or by what its machines do.
TEST(SeveralLists, AllAreAskedAndWhoIsInAnyIsGenuine) {
  const auto verdict = [](const CrawlerDirectory& directory, std::string_view from, Zone& zone) {
    return CrawlerDirectory::verify(directory.find_all("examplebot/1"), address(from), zone).verdict;
  };
  Zone zone;
  const CrawlerDirectory whole = directory(R"(
{"name":"four","user_agent":"examplebot","ranges":["192.0.2.0/24"]}
{"name":"six","user_agent":"examplebot","ranges":["2001:db8::/32"]}
{"name":"more","user_agent":"examplebot","ranges":["198.51.100.0/24","2001:db8:ffff::/48"]}
{"name":"other","user_agent":"otherbot","ranges":["203.0.113.0/24"]}
)");
  EXPECT_EQ(whole.find_all("examplebot/1").size(), 3U);
  for (const char* genuine : {"192.0.2.1", "198.51.100.1", "2001:db8::1", "2001:db8:ffff::1"})
    EXPECT_EQ(verdict(whole, genuine, zone), CrawlerVerdict::verified_by_range) << genuine;
  for (const char* liar : {"203.0.113.1", "2001:db9::1"})
    EXPECT_EQ(verdict(whole, liar, zone), CrawlerVerdict::contradicted) << liar;
  EXPECT_EQ(
      CrawlerDirectory::verify(std::vector<const CrawlerDirectory::Crawler*>(), address("192.0.2.1"), zone)
          .verdict,
      CrawlerVerdict::unknown);

  // A list that is not complete, or DNS that does not answer, leaves it open; a list of the other family, or
  // an address without a name, does not.
  const CrawlerDirectory partly = directory(R"(
{"name":"all","user_agent":"examplebot","ranges":["192.0.2.0/24"]}
{"name":"some","user_agent":"examplebot","ranges":["198.51.100.0/24"],"complete":false}
)");
  EXPECT_EQ(verdict(partly, "203.0.113.1", zone), CrawlerVerdict::unknown);
  const CrawlerDirectory named = directory(R"(
{"name":"all","user_agent":"examplebot","ranges":["192.0.2.0/24"]}
{"name":"named","user_agent":"examplebot","rdns":["(^|\\.)crawl\\.example$"]}
)");
  zone.names["203.0.113.1"] = {State::known, {}};
  zone.names["203.0.113.2"] = {State::failed, {}};
  zone.names["203.0.113.3"] = {State::pending, {}};
  EXPECT_EQ(verdict(named, "203.0.113.1", zone), CrawlerVerdict::contradicted);
  EXPECT_EQ(verdict(named, "203.0.113.2", zone), CrawlerVerdict::unknown);
  EXPECT_EQ(verdict(named, "203.0.113.3", zone), CrawlerVerdict::pending);
  EXPECT_EQ(verdict(named, "192.0.2.1", zone), CrawlerVerdict::verified_by_range);
}

TEST(CrawlerList, PatternsThatAreRefusedTakeTheirCrawlerOut) {
  const CrawlerDirectory directory(
      {{"a", "(", {}, {}, false}, {"b", "b", {"(?=x)"}, {}, false}, {"c", "c", {}, {}, false}});
  EXPECT_EQ(directory.size(), 1U);
  EXPECT_THAT(directory.refused(), ElementsAre(HasSubstr("a: '('"), HasSubstr("b: '(?=x)'")));
  EXPECT_EQ(CrawlerDirectory::name_of(*directory.find("abc")), "c");
}

TEST(CrawlerRanges, BothFormats) {
  const auto lines = parse_crawler_ranges("# head\n192.0.2.0/24\r\n\n2001:db8::/32 # tail\n");
  ASSERT_TRUE(lines) << lines.error().message();
  EXPECT_EQ(lines->size(), 2U);
  const auto json = parse_crawler_ranges(
      R"({"creationTime": "x", "prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, {"ipv6Prefix": "2001:db8::/32"}]})");
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(*json, *lines);
  EXPECT_THAT(parse_crawler_ranges("192.0.2.0/24\nx\n").error().message(), HasSubstr("line 2: 'x'"));
  EXPECT_THAT(parse_crawler_ranges("{}").error().message(), HasSubstr("prefixes"));
  EXPECT_THAT(parse_crawler_ranges(R"({"prefixes": [7]})").error().message(), HasSubstr("entry 1"));
}

// Published files, where they are.
TEST(CrawlerData, PublishedFilesAreReadWithoutAFault) {
  const char* given = std::getenv("SLUICE_SHARED_DATA");
  const std::filesystem::path data =
      given != nullptr ? given : std::filesystem::path(SLUICE_SOURCE_DIR) / "../shared/data";
  const auto robots = data / "verified-crawlers" / "whitelists" / "benign_bots" / "legit_bots";
  if (!std::filesystem::is_directory(robots))
    GTEST_SKIP() << "no " << robots << "; set SLUICE_SHARED_DATA to the data folder";
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  std::vector<CrawlerOptions> crawlers;
  for (const auto& entry : std::filesystem::directory_iterator(robots)) {
    CrawlerList list = parse_crawlers(text_of(entry.path()));
    EXPECT_THAT(list.faults, IsEmpty()) << entry.path();
    std::ranges::move(list.crawlers, std::back_inserter(crawlers));
  }
  const CrawlerDirectory directory(crawlers);
  EXPECT_THAT(directory.refused(), IsEmpty());
  const auto* google =
      directory.find("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
  ASSERT_NE(google, nullptr);
  Zone zone;
  zone.names["66.249.66.1"] = {State::known, {"crawl-66-249-66-1.googlebot.com"}};
  zone.addresses["crawl-66-249-66-1.googlebot.com/4"] = {State::known, {address("66.249.66.1")}};
  EXPECT_EQ(CrawlerDirectory::verify(*google, address("66.249.66.1"), zone).verdict,
            CrawlerVerdict::verified_by_name);
  std::size_t ranges = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "ipranges")) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".txt" || !name.starts_with("ip")) continue;
    const auto list = parse_crawler_ranges(text_of(entry.path()));
    ASSERT_TRUE(list) << entry.path() << ": " << list.error().message();
    ranges += list->size();
  }
  std::cout << directory.size() << " crawlers, " << ranges << " published ranges\n";
  EXPECT_GT(ranges, 0U);
}

}  // namespace
}  // namespace sluice::detection
