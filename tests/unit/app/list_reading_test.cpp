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
  EXPECT_EQ(take_news(list, fetched(networks(40)), kReadAt).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 40U);
  EXPECT_EQ(list.version.etag, "\"1\"");
  const ListOutcome same = take_news(list, fetched(networks(40)), kReadAt + Seconds(60));
  EXPECT_EQ(same.kind, Kind::unchanged);
  EXPECT_EQ(list.loaded, kReadAt);
  EXPECT_EQ(list.checked, kReadAt + Seconds(60));
  const ListOutcome fewer = take_news(list, fetched(networks(20) + "x\n"), kReadAt);
  EXPECT_EQ(fewer.kind, Kind::updated);
  EXPECT_EQ(fewer.note, "1 lines are left out: line 21: 'x' is not an IP address");
}

TEST_F(ListReading, WhatIsNotLeavesTheLastGoodContent) {
  ReadList list = list_of(kUrl);
  EXPECT_EQ(take_news(list, fetched("<html>"), kReadAt).kind, Kind::failed);
  ASSERT_TRUE(list.error);
  EXPECT_THAT(list.error->message(), HasSubstr("https://example.org/list: holds no address"));
  ASSERT_EQ(take_news(list, fetched(networks(40)), kReadAt).kind, Kind::updated);
  EXPECT_FALSE(list.error);
  for (const std::string& bad : {std::string(), std::string("<html>\n"), networks(19)}) {
    const ListOutcome outcome = take_news(list, fetched(bad), kReadAt);
    EXPECT_EQ(outcome.kind, Kind::kept);
    EXPECT_NE(outcome.note, "");
    EXPECT_EQ(list.content->size(), 40U);
    EXPECT_FALSE(list.error);
  }
  EXPECT_EQ(take_news(list, fetched(networks(19), true), kReadAt).kind, Kind::updated);
  EXPECT_EQ(take_news(list, fetched("", true), kReadAt).kind, Kind::kept);  // nothing is never taken
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
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, R"({"new":null})"), kReadAt).kind, Kind::failed);
  const std::string both = fmt::format(R"({{"new":[{},{}]}})", decision(1, "1h"), decision(2, "2h"));
  EXPECT_EQ(take_news(list, news(Of::all_decisions, both), kReadAt).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 2U);
  EXPECT_EQ(next_end(list), kReadAt + Seconds(3600));
  const WallTime later = kReadAt + Seconds(10);
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, R"({"new":null,"deleted":null})"), later).kind,
            Kind::unchanged);
  EXPECT_EQ(list.checked, later);
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, "<html>"), later).kind, Kind::kept);
  EXPECT_EQ(list.content->size(), 2U);
  // Its end comes without anybody being asked, who therefore confirmed nothing.
  const WallTime end = kReadAt + Seconds(3600);
  EXPECT_EQ(take_news(list, news(Of::ended_decisions, ""), end).kind, Kind::updated);
  EXPECT_EQ(list.content->size(), 1U);
  EXPECT_EQ(list.checked, later);
  // None is left: that is no reason to keep one.
  const std::string gone = fmt::format(R"({{"new":null,"deleted":[{}]}})", decision(2, "-1s"));
  EXPECT_EQ(take_news(list, news(Of::changed_decisions, gone), end).kind, Kind::updated);
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
  EXPECT_EQ(take_news(list, fetched(networks(3)), kReadAt).kind, Kind::failed);
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
  const ListOutcome kept = read_again(after, &before, folder_);
  EXPECT_EQ(kept.kind, Kind::kept);
  EXPECT_THAT(kept.note, HasSubstr("3 entries where it had 40"));
  EXPECT_EQ(after.content, before.content);
  write("");
  ReadList broken = list_of(before.options.source);
  EXPECT_EQ(read_again(broken, &before, folder_).kind, Kind::failed);
  EXPECT_TRUE(broken.error);

  ReadList remote = list_of(kUrl);
  ASSERT_EQ(take_news(remote, fetched(networks(3)), kReadAt).kind, Kind::updated);
  ReadList again = list_of(kUrl);
  again.options.priority = 7;
  EXPECT_EQ(read_again(again, &remote, folder_).kind, Kind::unchanged);
  EXPECT_EQ(again.content, remote.content);
  ReadList moved = list_of("https://example.org/moved");
  (void)read_again(moved, &remote, folder_);
  EXPECT_FALSE(moved.content);
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
