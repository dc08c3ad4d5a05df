// SPDX-License-Identifier: Apache-2.0
// What CrowdSec's local API answers, as 1.4.6 of Debian writes it, and what is wrong in it.
#include "daemon/lists/formats/crowdsec.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/lists/content.h"
#include "daemon/lists/sync/crowdsec_api.h"

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const WallTime kNow{Seconds(1'800'000'000)};
constexpr std::size_t kMostDecisions = 1000;
const std::vector<std::string> kBan{"ban"};

std::string decision(unsigned id, std::string_view value, std::string_view duration,
                     std::string_view scope = "Ip", std::string_view type = "ban",
                     std::string_view scenario = "crowdsecurity/ssh-bf") {
  return fmt::format(
      R"({{"duration":"{}","id":{},"origin":"crowdsec","scenario":"{}","scope":"{}","type":"{}","value":"{}"}})",
      duration, id, scenario, scope, type, value);
}
std::string answer(const std::vector<std::string>& fresh, const std::vector<std::string>& deleted = {}) {
  return fmt::format(R"({{"deleted":[{}],"new":[{}]}})", fmt::join(deleted, ","), fmt::join(fresh, ","));
}

CrowdsecDecisions all(const std::string& json, WallTime now = kNow, const CrowdsecDecisions& before = {}) {
  auto decisions = CrowdsecDecisions::read_answer(json, false, before, now, kMostDecisions);
  EXPECT_TRUE(decisions) << decisions.error().message();
  return decisions ? *std::move(decisions) : CrowdsecDecisions();
}
CrowdsecDecisions changed(const CrowdsecDecisions& before, const std::string& json, WallTime now = kNow) {
  auto decisions = CrowdsecDecisions::read_answer(json, true, before, now, kMostDecisions);
  EXPECT_TRUE(decisions) << decisions.error().message();
  return decisions ? *std::move(decisions) : CrowdsecDecisions();
}
std::string refusal(const std::string& json, std::size_t most = kMostDecisions) {
  const auto decisions = CrowdsecDecisions::read_answer(json, false, {}, kNow, most);
  return decisions ? "" : decisions.error().message();
}

struct Taken {
  std::vector<std::string> networks;
  ListReport report;
};
Taken taken(const CrowdsecDecisions& decisions, const std::vector<std::string>& types = kBan) {
  Taken taken;
  Entries entries;
  decisions.add_entries(types, 1, entries, taken.report);
  EXPECT_EQ(entries.size(), taken.report.entries());
  for (const Prefix& prefix : prefixes_of(entries))
    taken.networks.push_back(prefix.to_string());
  return taken;
}

Seconds left(const CrowdsecDecisions& decisions, std::string_view network) {
  const auto found = decisions.find(*Prefix::parse(network), kBan);
  return found ? std::chrono::floor<Seconds>(found->until - kNow) : Seconds(-1);
}

TEST(Crowdsec, AddressesAndRangesWithTheirEnds) {
  const auto decisions = all(
      answer({decision(1, "192.0.2.7", "3h59m58.278114896s"), decision(2, "203.0.113.0/24", "1h", "Range"),
              decision(3, "2001:db8::7", "90s"), decision(4, "198.51.100.129/25", "1m", "range")}));
  EXPECT_THAT(taken(decisions).networks,
              ElementsAre("192.0.2.7", "198.51.100.128/25", "203.0.113.0/24", "2001:db8::7"));
  const auto found = decisions.find(*Prefix::parse("192.0.2.7"), kBan);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, 1U);
  EXPECT_EQ(found->scenario, "crowdsecurity/ssh-bf");
  EXPECT_EQ(found->origin, "crowdsec");
  EXPECT_EQ(found->until, kNow + Seconds(4 * 3600 - 2));
  EXPECT_EQ(left(decisions, "203.0.113.9"), Seconds(3600));
  EXPECT_EQ(left(decisions, "203.0.112.0/23"), Seconds(-1));  // not all of it
  EXPECT_EQ(decisions.next_end(), kNow + Seconds(60));
}

TEST(Crowdsec, NothingDecidedIsAnAnswerToo) {
  EXPECT_EQ(all(R"({"deleted":null,"new":null})").size(), 0U);
  EXPECT_EQ(all(R"({"new":[]})").next_end(), std::nullopt);
  ListOptions options;
  options.format = ListFormat::crowdsec;
  const Content content = make_content(all(R"({"deleted":null,"new":null})"), options, 1);
  EXPECT_EQ(content.size(), 0U);
  EXPECT_NE(content.digest, "");
}

TEST(Crowdsec, WhatIsNoAnswerIsRefused) {
  EXPECT_THAT(refusal("<html>"), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal(answer({decision(1, "192.0.2.7", "1h")}).substr(0, 60)), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("is no object"));
  EXPECT_THAT(refusal(R"({"message":"access forbidden"})"), HasSubstr("has neither `new` nor `deleted`"));
  EXPECT_THAT(refusal(R"({"new":{}})"), HasSubstr("`new` is no list"));
  EXPECT_THAT(refusal(std::string((32U << 20U) + 1, ' ')), HasSubstr("larger than 32 MiB"));
  EXPECT_THAT(refusal(answer({decision(1, "192.0.2.1", "1h"), decision(2, "192.0.2.2", "1h")}), 1),
              HasSubstr("holds more than 1 decisions"));
}

TEST(Crowdsec, WhatCannotBeReadIsLeftOutAndCounted) {
  const auto decisions = all(answer({decision(1, "nobody", "1h"), decision(2, "192.0.2.7/33", "1h"), "7",
                                     "null", R"({"id":3,"scope":"Ip"})", decision(4, "192.0.2.7", "1h")}));
  const Taken what = taken(decisions);
  EXPECT_THAT(what.networks, ElementsAre("192.0.2.7"));
  EXPECT_EQ(what.report.bad_lines, 5U);
  EXPECT_EQ(what.report.faults.size(), ListReport::kMaxFaults);
  EXPECT_EQ(
      all(answer({R"({"scope":"Ip","value":"192.0.2.7","type":"ban","duration":"1h","id":-1})"})).size(), 1U);
}

TEST(Crowdsec, DurationsAreWithinBounds) {
  for (const char* duration : {"", "1", "h", "1h2", "1x", "x1h", "1e9h", "nan", "inf", "0x1h", "+1h", "--1h",
                               "99999999999999999999h", "1h 2m"}) {
    const auto decisions = all(answer({decision(1, "192.0.2.7", duration)}));
    EXPECT_EQ(decisions.size(), 0U) << duration;
    EXPECT_EQ(taken(decisions).report.bad_lines, 1U) << duration;
  }
  for (const char* past : {"-1h", "-1.5s", "0s", "0.9s", "999ms"}) {
    const auto decisions = all(answer({decision(1, "192.0.2.7", past)}));
    EXPECT_THAT(taken(decisions).networks, IsEmpty()) << past;
    EXPECT_THAT(taken(decisions).report.faults, ElementsAre("decision 1: its end is past"));
  }
  EXPECT_EQ(left(all(answer({decision(1, "192.0.2.7", "1500ms")})), "192.0.2.7"), Seconds(1));
  // 292 years is the longest that Go can write; Sluice's end is in 2200.
  const auto longest = all(answer({decision(1, "192.0.2.7", "2562047h47m16.854775807s")}));
  EXPECT_EQ(format_time(longest.find(*Prefix::parse("192.0.2.7"), kBan)->until), "2200-01-01T00:00:00Z");
}

TEST(Crowdsec, OtherScopesAndTypesAreCounted) {
  const auto decisions =
      all(answer({decision(1, "64500", "1h", "AS"), decision(2, "64501", "1h", "AS"),
                  decision(3, "XX", "1h", "Country"), decision(4, "x", "1h", "weird\\n"),
                  decision(5, "192.0.2.8", "1h", "Ip", "captcha"), decision(6, "192.0.2.7", "1h")}));
  EXPECT_THAT(taken(decisions).networks, ElementsAre("192.0.2.7"));
  EXPECT_THAT(taken(decisions).report.not_for_packets,
              ElementsAre(Pair("scope AS", 2), Pair("scope Country", 1), Pair("scope weird?", 1),
                          Pair("type captcha", 1)));
  EXPECT_THAT(taken(decisions, {"captcha", "ban"}).networks, ElementsAre("192.0.2.7", "192.0.2.8"));
  const auto fewer = changed(decisions, answer({}, {decision(1, "64500", "-1s", "AS")}));
  EXPECT_THAT(taken(fewer).report.not_for_packets, testing::Contains(Pair("scope AS", 1)));
  // A stranger's names are bounded in number.
  std::vector<std::string> many;
  for (unsigned i = 0; i < 100; ++i)
    many.push_back(decision(i + 1, "x", "1h", fmt::format("scope{}", i)));
  EXPECT_EQ(taken(all(answer(many))).report.not_for_packets.size(), 9U);
}

TEST(Crowdsec, WhatChangedComesAndGoes) {
  const auto first = all(answer({decision(1, "192.0.2.1", "1h"), decision(2, "192.0.2.2", "1h")}));
  const auto second =
      changed(first, answer({decision(3, "192.0.2.3", "1h")}, {decision(1, "192.0.2.1", "-0.5s")}));
  EXPECT_THAT(taken(second).networks, ElementsAre("192.0.2.2", "192.0.2.3"));
  // Said again, and of one that was never there.
  const auto third =
      changed(second, answer({}, {decision(1, "192.0.2.1", "-9s"), decision(9, "192.0.2.9", "-9s")}));
  EXPECT_EQ(third.text(), second.text());
  // Of several decisions about the same CrowdSec names the last one only when the last has gone.
  const auto fourth = changed(third, answer({}, {decision(77, "192.0.2.2", "-1s")}));
  EXPECT_THAT(taken(fourth).networks, ElementsAre("192.0.2.3"));
  // Another type of the same is another decision.
  const auto fifth = changed(fourth, answer({}, {decision(3, "192.0.2.3", "-1s", "Ip", "captcha")}));
  EXPECT_THAT(taken(fifth).networks, ElementsAre("192.0.2.3"));
  // Deleted and decided again within one answer: it is in force.
  const auto sixth =
      changed(fifth, answer({decision(8, "192.0.2.3", "2h")}, {decision(3, "192.0.2.3", "-1s")}));
  EXPECT_EQ(left(sixth, "192.0.2.3"), Seconds(7200));
  // All that there are: what is not said is gone.
  EXPECT_THAT(taken(all(answer({decision(4, "192.0.2.4", "1h")}), kNow, sixth)).networks,
              ElementsAre("192.0.2.4"));
}

TEST(Crowdsec, TheEndOfADecisionDoesNotWander) {
  const auto first = all(answer({decision(1, "192.0.2.1", "3600.9s")}));
  // Ten seconds later it lasts ten less, but for what is rounded away.
  const auto again = all(answer({decision(1, "192.0.2.1", "3589.1s")}), kNow + Seconds(10), first);
  EXPECT_EQ(again.text(), first.text());
  const auto longer = changed(first, answer({decision(2, "192.0.2.1", "4h")}));
  EXPECT_EQ(left(longer, "192.0.2.1"), Seconds(4 * 3600));
  const auto shorter = changed(longer, answer({decision(2, "192.0.2.1", "60s")}));
  EXPECT_EQ(left(shorter, "192.0.2.1"), Seconds(60));
}

TEST(Crowdsec, EachEndsByItself) {
  const auto decisions = all(answer({decision(1, "192.0.2.1", "10s"), decision(2, "192.0.2.2", "20s"),
                                     decision(3, "XX", "5s", "Country")}));
  EXPECT_EQ(decisions.next_end(), kNow + Seconds(5));
  EXPECT_EQ(decisions.without_ended(kNow + Seconds(9)).size(), 2U);
  const auto one = decisions.without_ended(kNow + Seconds(10));
  EXPECT_THAT(taken(one).networks, ElementsAre("192.0.2.2"));
  EXPECT_THAT(taken(one).report.not_for_packets, IsEmpty());
  EXPECT_EQ(one.without_ended(kNow + Seconds(20)).next_end(), std::nullopt);
  EXPECT_THAT(taken(changed(decisions, answer({}), kNow + Seconds(15))).networks, ElementsAre("192.0.2.2"));
}

TEST(Crowdsec, TheTextKeepsThem) {
  const auto decisions =
      all(answer({decision(1, "192.0.2.1", "10s"),
                  decision(2, "203.0.113.0/24", "1h", "Range", "ban", R"(manual \t'ban'\n from \u00e9)"),
                  decision(3, "2001:db8::7", "1h", "Ip", "captcha"), decision(4, "64500", "1h", "AS")}));
  const auto again = CrowdsecDecisions::read_text(decisions.text(), kNow, kMostDecisions);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->text(), decisions.text());
  EXPECT_EQ(again->find(*Prefix::parse("203.0.113.1"), kBan)->scenario, "manual ?'ban'? from ??");
  const auto later = CrowdsecDecisions::read_text(decisions.text(), kNow + Seconds(10), kMostDecisions);
  EXPECT_THAT(taken(*later).networks, ElementsAre("203.0.113.0/24"));
  EXPECT_THAT(taken(*later).report.not_for_packets,
              ElementsAre(Pair("scope AS", 1), Pair("type captcha", 1)));
  EXPECT_FALSE(CrowdsecDecisions::read_text("192.0.2.1\n", kNow, kMostDecisions));
  EXPECT_FALSE(CrowdsecDecisions::read_text("1\t9999999999\tIp\tnobody\tban\t\t\n", kNow, kMostDecisions));
  EXPECT_FALSE(CrowdsecDecisions::read_text(decisions.text(), kNow, 2));
}

TEST(Crowdsec, WhatAStrangerWritesIsBounded) {
  const std::string text(100'000, 'x');
  const auto decisions = all(answer({decision(1, "192.0.2.1", "1h", "Ip", "ban", text)}));
  EXPECT_EQ(decisions.find(*Prefix::parse("192.0.2.1"), kBan)->scenario.size(), CrowdsecDecisions::kMaxText);
  EXPECT_LT(decisions.text().size(), 300U);
}

TEST(Crowdsec, NoListDeniesNearlyEverybodyNorPrivateNetworks) {
  ListOptions options;
  options.format = ListFormat::crowdsec;
  const Content content =
      make_content(all(answer({decision(1, "0.0.0.0/0", "1h", "Range"), decision(2, "10.1.2.3", "1h"),
                               decision(3, "192.0.2.7", "1h"), decision(4, "::/0", "1h", "Range")})),
                   options, 1);
  EXPECT_EQ(content.report.too_wide, 2U);
  EXPECT_EQ(content.report.spared, 1U);
  EXPECT_EQ(prefixes_of(content.entries), std::vector<Prefix>{*Prefix::parse("192.0.2.7")});
}

TEST(CrowdsecApi, WhereItIsAsked) {
  EXPECT_EQ(crowdsec_url("http://127.0.0.1:8080/", true),
            "http://127.0.0.1:8080/v1/decisions/stream?startup=true&scopes=ip,range,as,country");
  EXPECT_EQ(crowdsec_url("https://example.org/lapi", false),
            "https://example.org/lapi/v1/decisions/stream?startup=false&scopes=ip,range,as,country");
  EXPECT_THAT(std::string(crowdsec_remedy(403)), HasSubstr("cscli bouncers add"));
  EXPECT_EQ(crowdsec_remedy(500), "");
}

class CrowdsecKey : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-key-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text, ::mode_t mode = 0640) {
    const std::string path = folder_ / "key";
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string error(const std::string& path) {
    const auto key = read_crowdsec_key(path);
    return key ? "" : key.error().message();
  }
  std::filesystem::path folder_;
};

TEST_F(CrowdsecKey, IsTheTextOfAFileThatOthersCannotRead) {
  EXPECT_EQ(*read_crowdsec_key(write(" 4c0a898d36b4\r\n")), "4c0a898d36b4");
  EXPECT_EQ(*read_crowdsec_key(write("k", 0400)), "k");
  EXPECT_THAT(error(write("k", 0644)), HasSubstr("everybody can read or write it; `chown root:sluice`"));
  EXPECT_THAT(error(write("k", 0642)), HasSubstr("chmod 640"));
  EXPECT_THAT(error(folder_ / "none"), HasSubstr("cscli bouncers add sluice -o raw"));
  EXPECT_THAT(error(write(" \n")), HasSubstr("empty"));
  for (const std::string& bad : {std::string("two words"), std::string("a\nb"), std::string("a\0b", 3),
                                 std::string(600, 'k'), std::string("\xc3\xa9")})
    EXPECT_THAT(error(write(bad)), HasSubstr("holds more than a key")) << bad;
  EXPECT_THAT(error(write(std::string(2U << 20U, 'k'))), HasSubstr("larger than 1 MiB"));
  ASSERT_EQ(::chmod(folder_.c_str(), 0750), 0);
  EXPECT_THAT(error(folder_), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace sluice::lists
