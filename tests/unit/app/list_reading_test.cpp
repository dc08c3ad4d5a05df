// SPDX-License-Identifier: Apache-2.0
// What takes the place of a list's last good content, and what does not.
#include "daemon/app/lists/list_reading.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/app/lists/list_roles.h"
#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

using lists::ListAction;
using testing::HasSubstr;
using Kind = ListOutcome::Kind;

const WallTime kReadAt{Seconds(1'800'000'000)};
constexpr auto kUrl = "https://example.org/list";

std::string networks(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format("192.0.2.{}\n", i);
  return text;
}

class ListReading : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-reading-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text) {
    std::ofstream(folder_ / "file") << text;
    return folder_ / "file";
  }
  static ReadList list_of(std::string source, ListAction action = ListAction::block) {
    ReadList list;
    list.options.name = "name";
    list.options.source = std::move(source);
    list.options.action = action;
    list.number = 7;
    return list;
  }
  static ListNews fetched(std::string text, bool force = false) {
    return {"name", kUrl, lists::Copy{std::move(text), {"\"1\"", ""}, "", kReadAt, kReadAt}, "", force};
  }

  std::filesystem::path folder_;
};

TEST_F(ListReading, WhatIsGoodTakesThePlaceOfWhatThereWas) {
  ReadList list = list_of(kUrl);
  EXPECT_EQ(take_news(list, fetched(networks(40)), kReadAt, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 40U);
  EXPECT_EQ(list.version.etag, "\"1\"");
  const ListOutcome same = take_news(list, fetched(networks(40)), kReadAt + Seconds(60), {});
  EXPECT_EQ(same.kind, Kind::unchanged);
  EXPECT_EQ(list.loaded, kReadAt);
  EXPECT_EQ(list.checked, kReadAt + Seconds(60));
  const ListOutcome fewer = take_news(list, fetched(networks(20) + "x\n"), kReadAt, {});
  EXPECT_EQ(fewer.kind, Kind::updated);
  EXPECT_EQ(fewer.note, "1 lines are left out: line 21: 'x' is not an IP address");
}

TEST_F(ListReading, WhatIsNotLeavesTheLastGoodContent) {
  ReadList list = list_of(kUrl);
  EXPECT_EQ(take_news(list, fetched("<html>"), kReadAt, {}).kind, Kind::failed);
  ASSERT_TRUE(list.error);
  EXPECT_THAT(list.error->message(), HasSubstr("https://example.org/...: holds no address"));
  ASSERT_EQ(take_news(list, fetched(networks(40)), kReadAt, {}).kind, Kind::updated);
  EXPECT_FALSE(list.error);
  for (const std::string& bad : {std::string(), std::string("<html>\n"), networks(19)}) {
    const ListOutcome outcome = take_news(list, fetched(bad), kReadAt, {});
    EXPECT_EQ(outcome.kind, Kind::kept);
    EXPECT_NE(outcome.note, "");
    EXPECT_EQ(list.content->size(), 40U);
    EXPECT_FALSE(list.error);
  }
  EXPECT_EQ(take_news(list, fetched(networks(19), true), kReadAt, {}).kind, Kind::updated);
  EXPECT_EQ(take_news(list, fetched("", true), kReadAt, {}).kind, Kind::kept);  // nothing is never taken
}

TEST_F(ListReading, DecisionsOfACrowdsecChangeEndAndSurvive) {
  using Of = ListNews::Of;
  constexpr auto kApi = "http://127.0.0.1:8080";
  const auto list_of_decisions = [&] {
    ReadList list = list_of(kApi);
    list.options.format = lists::ListFormat::crowdsec;
    return list;
  };
  const auto news = [&](Of of, std::string json) {
    return ListNews{"name", kApi, lists::Copy{std::move(json), {}, "", kReadAt, kReadAt}, "", false, of};
  };
  const auto decision = [](int number, std::string_view lasts) {
    return fmt::format(R"({{"id":{0},"scope":"Ip","value":"192.0.2.{0}","type":"ban","duration":"{1}"}})",
                       number, lasts);
  };
  ReadList list = list_of_decisions();
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, R"({"new":null})"), kReadAt, {}).kind, Kind::failed);
  const std::string both = fmt::format(R"({{"new":[{},{}]}})", decision(1, "1h"), decision(2, "2h"));
  EXPECT_EQ(take_news(list, news(Of::all_decisions, both), kReadAt, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 2U);
  EXPECT_EQ(next_end(list), kReadAt + Seconds(3600));
  const WallTime later = kReadAt + Seconds(10);
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, R"({"new":null,"deleted":null})"), later, {}).kind,
            Kind::unchanged);
  EXPECT_EQ(list.checked, later);
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, "<html>"), later, {}).kind, Kind::kept);
  EXPECT_EQ(list.content->size(), 2U);
  // Its end comes without anybody being asked, who therefore confirmed nothing.
  const WallTime end = kReadAt + Seconds(3600);
  EXPECT_EQ(take_news(list, news(Of::ended_decisions, ""), end, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 1U);
  EXPECT_EQ(list.checked, later);
  // None is left: that is no reason to keep one.
  const std::string gone = fmt::format(R"({{"new":null,"deleted":[{}]}})", decision(2, "-1s"));
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, gone), end, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 0U);

  // The test's time is in the past or future of the clock by which a copy is read.
  const std::string folder = folder_ / "lists";
  const WallTime now = wall_now();
  const auto text = [&](WallTime until) {
    return fmt::format("1\t{}\tIp\t192.0.2.1\tban\tcscli\ttest\n",
                       std::chrono::floor<Seconds>(until).time_since_epoch().count());
  };
  for (const bool ended : {false, true}) {
    ReadList read = list_of_decisions();
    const std::string copy = text(ended ? now - Seconds(5) : now + Seconds(3600));
    ASSERT_TRUE(lists::save_copy(copy_path(folder, read.options), kApi, {copy, {}, "", now, now}));
    read_list(read, folder);
    ASSERT_TRUE(read.content);
    EXPECT_EQ(read.content->size(), ended ? 0U : 1U);
  }
}

TEST_F(ListReading, WhatComesFromAnotherSourceIsNotTaken) {
  ReadList list = list_of("https://example.org/another");
  EXPECT_EQ(take_news(list, fetched(networks(3)), kReadAt, {}).kind, Kind::failed);
  EXPECT_FALSE(list.content);
}

TEST_F(ListReading, ACopyIsReadAtTheStartAndOnlyByWhomItWasVerified) {
  const std::string folder = folder_ / "lists";
  ReadList list = list_of(kUrl);
  read_list(list, folder);
  EXPECT_FALSE(list.content);
  EXPECT_FALSE(list.error);  // it is to be fetched
  ASSERT_TRUE(lists::save_copy(copy_path(folder, list.options), kUrl,
                               {networks(3), {"\"1\"", ""}, "", kReadAt, kReadAt}));
  read_list(list, folder);
  ASSERT_TRUE(list.content);
  EXPECT_EQ(list.version.etag, "\"1\"");
  ReadList signed_list = list_of(kUrl);
  signed_list.options.public_key = "/key.pem";
  read_list(signed_list, folder);
  EXPECT_FALSE(signed_list.content);
}

TEST_F(ListReading, AReloadReadsFilesAgainAndKeepsWhatWasFetched) {
  ReadList before = list_of(write(networks(40)));
  read_list(before, folder_);
  ASSERT_TRUE(before.content);
  write(networks(3));
  ReadList after = list_of(before.options.source);
  const ListOutcome kept = read_again(after, &before, folder_, {});
  EXPECT_EQ(kept.kind, Kind::kept);
  EXPECT_THAT(kept.note, HasSubstr("3 entries where it had 40"));
  EXPECT_EQ(after.content, before.content);
  write("");
  ReadList broken = list_of(before.options.source);
  EXPECT_EQ(read_again(broken, &before, folder_, {}).kind, Kind::failed);
  EXPECT_TRUE(broken.error);

  ReadList remote = list_of(kUrl);
  ASSERT_EQ(take_news(remote, fetched(networks(3)), kReadAt, {}).kind, Kind::updated);
  ReadList again = list_of(kUrl);
  again.options.priority = 7;
  EXPECT_EQ(read_again(again, &remote, folder_, {}).kind, Kind::unchanged);
  EXPECT_EQ(again.content, remote.content);
  ReadList moved = list_of("https://example.org/moved");
  (void)read_again(moved, &remote, folder_, {});
  EXPECT_FALSE(moved.content);
}

// Everybody: what a published list would say that somebody else has taken over.
std::string everybody() {
  std::string text = "# everybody\n";
  for (int block = 1; block < 224; ++block)
    text += fmt::format("{}.0.0.0/8\n", block);
  for (int block = 0; block < 65'536; ++block)
    text += fmt::format("{:x}::/16\n", block);
  return text;
}

constexpr ListAction kAllActions[] = {ListAction::block, ListAction::throttle, ListAction::allow,
                                      ListAction::trusted_proxy, ListAction::verify_crawler};

TEST_F(ListReading, AnUpdateThatCoversEverybodyWaitsForAnOperator) {
  for (const ListAction action : kAllActions) {
    ReadList list = list_of(kUrl, action);
    ASSERT_EQ(take_news(list, fetched(networks(40)), kReadAt, {}).kind, Kind::updated);
    const ListOutcome kept = take_news(list, fetched(networks(40) + everybody()), kReadAt, {});
    EXPECT_EQ(kept.kind, Kind::kept);
    EXPECT_THAT(kept.note, HasSubstr("100 % of all public IPv4 addresses"));
    EXPECT_THAT(kept.note, HasSubstr("`sluicectl lists refresh --force name` takes it"));
    EXPECT_EQ(list.content->size(), 40U);
    EXPECT_FALSE(list.error);
    // Of IPv6 alone, or a tenth of IPv4 more.
    std::string six = networks(40);
    for (int block = 0x2000; block < 0x2000 + 900; ++block)
      six += fmt::format("{:x}::/16\n", block);
    EXPECT_THAT(take_news(list, fetched(six), kReadAt, {}).note,
                HasSubstr("11 % of all public IPv6 addresses"));
    std::string tenth = networks(40);
    for (int block = 100; block < 123; ++block)
      tenth += fmt::format("{}.0.0.0/8\n", block);
    EXPECT_EQ(take_news(list, fetched(tenth), kReadAt, {}).kind, Kind::kept);
    EXPECT_EQ(take_news(list, fetched(networks(40) + everybody(), true), kReadAt, {}).kind, Kind::updated);
    EXPECT_GT(list.content->size(), 60'000U);
  }
}

TEST_F(ListReading, AFirstContentThatCoversEverybodyWaitsForAnOperatorAndIsAcceptedOnce) {
  const std::string folder = folder_ / "lists";
  for (const ListAction action : kAllActions) {
    ReadList remote = list_of(kUrl, action);
    EXPECT_EQ(take_news(remote, fetched(everybody()), kReadAt, {}).kind, Kind::failed);
    EXPECT_TRUE(remote.is_refused);
    ASSERT_TRUE(remote.error);
    EXPECT_THAT(remote.error->message(), HasSubstr("public IPv4 addresses"));
    EXPECT_FALSE(remote.content);

    ReadList local = list_of(write(everybody()), action);
    read_list(local, folder);
    EXPECT_TRUE(local.is_refused);
    EXPECT_FALSE(local.content);
    // A reload goes on without it, so that there is a list to accept.
    ReadList again = list_of(local.options.source, action);
    EXPECT_EQ(read_again(again, nullptr, folder, {}).kind, Kind::failed);
    EXPECT_TRUE(again.is_refused);
    const ListNews file{"name", local.options.source, std::nullopt, "", false};
    EXPECT_EQ(take_news(local, file, kReadAt, {}).kind, Kind::failed);
    ListNews forced = file;
    forced.force = true;
    EXPECT_EQ(take_news(local, forced, kReadAt, {}).kind, Kind::updated);
    EXPECT_FALSE(local.error);
    // A restart reads it again without a word, and forgets that where the list is another.
    ASSERT_TRUE(keep_accepted({&local}, folder));
    ReadList restarted = list_of(local.options.source, action);
    read_list(restarted, folder);
    EXPECT_TRUE(restarted.content) << restarted.error->message();
    ReadList moved = list_of(folder_ / "other", action);
    std::filesystem::copy_file(local.options.source, moved.options.source);
    read_list(moved, folder);
    EXPECT_TRUE(moved.is_refused);
    std::filesystem::remove(moved.options.source);
    ASSERT_TRUE(keep_accepted({}, folder));
  }
}

TEST_F(ListReading, AReloadKeepsWhatAFileHadBeforeItCoveredEverybody) {
  ReadList before = list_of(write(networks(40)));
  read_list(before, folder_);
  ASSERT_TRUE(before.content);
  write(networks(40) + everybody());
  ReadList after = list_of(before.options.source);
  EXPECT_EQ(read_again(after, &before, folder_, {}).kind, Kind::kept);
  EXPECT_EQ(after.content, before.content);
  EXPECT_FALSE(after.error);
  // What the list was for before says nothing of another action.
  ReadList allowing = list_of(before.options.source, ListAction::allow);
  EXPECT_EQ(read_again(allowing, &before, folder_, {}).kind, Kind::failed);
  ReadList wide = list_of(before.options.source);
  wide.options.max_growth = 1;
  EXPECT_EQ(read_again(wide, &before, folder_, {}).kind, Kind::updated);
}

TEST_F(ListReading, AnUpdateThatCoversTheSourcesSeenLatelyWaits) {
  Bystanders bystanders;
  for (int i = 0; i < 250; ++i)
    bystanders.seen.push_back(Prefix::parse(fmt::format("198.51.100.{}", i)).value());
  const auto outcome = [&](ListAction action, std::string_view first, std::string_view then) {
    ReadList list = list_of(kUrl, action);
    if (!first.empty()) {
      EXPECT_EQ(take_news(list, fetched(std::string(first)), kReadAt, {}).kind, Kind::updated);
    }
    return take_news(list, fetched(std::string(then)), kReadAt, bystanders);
  };
  for (const ListAction action : {ListAction::block, ListAction::throttle, ListAction::allow}) {
    EXPECT_THAT(outcome(action, "", "198.51.100.0/24\n").note, HasSubstr("100 % of the 250 sources"));
    EXPECT_THAT(outcome(action, "9.9.9.9\n", "198.51.100.0/25\n").note, HasSubstr("51 % of the 250 sources"));
    EXPECT_EQ(outcome(action, "198.51.100.0/24\n", "198.51.100.0/25\n198.51.100.128/25\n").kind,
              Kind::updated);
    EXPECT_EQ(outcome(action, "", "198.51.100.0/28\n").kind, Kind::updated);  // 16 of them
    EXPECT_EQ(outcome(action, "", "203.0.113.0/24\n").kind, Kind::updated);
  }
  // Proxies come as sources until they are trusted.
  EXPECT_EQ(outcome(ListAction::trusted_proxy, "", "198.51.100.0/24\n").kind, Kind::updated);
  EXPECT_EQ(outcome(ListAction::trusted_proxy, "9.9.9.9\n", "198.51.100.0/24\n").kind, Kind::kept);
  EXPECT_EQ(outcome(ListAction::verify_crawler, "9.9.9.9\n", "198.51.100.0/24\n").kind, Kind::updated);
  bystanders.seen.resize(19);
  EXPECT_EQ(outcome(ListAction::block, "", "198.51.100.0/24\n").kind, Kind::updated);  // too few for a share
}

TEST_F(ListReading, AnUpdateThatDeniesACrawlerWaits) {
  Bystanders bystanders;
  detection::CrawlerOptions& bot = bystanders.crawlers.emplace_back();
  bot.name = "examplebot";
  bot.ranges = {Prefix::parse("192.0.2.0/24").value(), Prefix::parse("2001:db8::/32").value()};
  const auto kind = [&](ListAction action, const std::string& text) {
    ReadList list = list_of(kUrl, action);
    return take_news(list, fetched(text), kReadAt, bystanders).kind;
  };
  EXPECT_EQ(kind(ListAction::block, "192.0.2.0/24\n"), Kind::failed);
  EXPECT_EQ(kind(ListAction::throttle, "2001:db8::/33\n"), Kind::failed);
  EXPECT_EQ(kind(ListAction::block, "192.0.2.7\n203.0.113.0/24\n"), Kind::updated);  // one of its addresses
  EXPECT_EQ(kind(ListAction::allow, "192.0.2.0/24\n"), Kind::updated);
  ReadList list = list_of(kUrl);
  EXPECT_THAT(take_news(list, fetched("192.0.2.0/24\n"), kReadAt, bystanders).note,
              HasSubstr("100 % of the addresses of the crawler examplebot"));
}

TEST_F(ListReading, ACrawlerFileThatNamesEverybodyVerifiesNobody) {
  ReadList list = list_of(kUrl, ListAction::verify_crawler);
  list.options.format = lists::ListFormat::crawlers;
  const std::string wide =
      R"({"name":"a","user_agent":"a","ranges":["0.0.0.0/0","8.0.0.0/7","192.0.2.0/24"]})";
  ASSERT_EQ(take_news(list, fetched(wide + "\n"), kReadAt, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->crawlers[0].ranges.size(), 1U);
  EXPECT_EQ(list.content->report.too_wide, 2U);
}

TEST_F(ListReading, AFeedThatSaysItIsEmptyIsInForceUnlessItLostTooMuch) {
  ReadList list = list_of(kUrl);
  EXPECT_EQ(take_news(list, fetched("# nobody today\n"), kReadAt, {}).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 0U);
  ASSERT_EQ(take_news(list, fetched(networks(40)), kReadAt, {}).kind, Kind::updated);
  EXPECT_THAT(take_news(list, fetched("# nobody today\n"), kReadAt, {}).note,
              HasSubstr("0 entries where it had 40"));
  EXPECT_EQ(list.content->size(), 40U);
}

TEST_F(ListReading, TheRolesOfLists) {
  ReadList proxies = list_of(write("192.0.2.0/24\n"), ListAction::trusted_proxy);
  ReadList absent = list_of(kUrl, ListAction::trusted_proxy);
  read_list(proxies, folder_);
  ListRoles roles;
  add_roles(proxies, roles);
  add_roles(absent, roles);
  EXPECT_EQ(roles.proxies.size(), 1U);
  EXPECT_EQ(roles.missing_proxies.size(), 1U);
  EXPECT_TRUE(read_list_roles({proxies.options}, folder_));
  EXPECT_THAT(read_list_roles({proxies.options, absent.options}, folder_).error().message(),
              HasSubstr("would pass for visitors"));
}

}  // namespace
}  // namespace sluice::app
