// SPDX-License-Identifier: Apache-2.0
// Replay on real files, read as its users read it: the objects and the table that it prints.
#include "daemon/app/offline/replay.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"

namespace sluice::app {
namespace {

using ::testing::HasSubstr;

class ReplayTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_;

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-replay-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  struct Printed {
    std::string out;
    std::string log;
    std::map<std::string, boost::json::object> sources;  // with json
  };
  static Printed replayed(const ReplayOptions& options, const config::Config& config = {}) {
    char* out = nullptr;
    char* log = nullptr;
    std::size_t out_size = 0;
    std::size_t log_size = 0;
    std::FILE* out_file = ::open_memstream(&out, &out_size);
    std::FILE* log_file = ::open_memstream(&log, &log_size);
    const auto done = replay(config, options, out_file, log_file);
    std::fclose(out_file);
    std::fclose(log_file);
    EXPECT_TRUE(done) << done.error().message();
    Printed printed{std::string(out, out_size), std::string(log, log_size), {}};
    ::free(out);
    ::free(log);
    std::istringstream lines(options.json ? printed.out : "");
    for (std::string line; std::getline(lines, line);) {
      boost::json::object object = boost::json::parse(line).as_object();
      const std::string source = boost::json::value_to<std::string>(object.at("source"));
      printed.sources.emplace(source, std::move(object));
    }
    return printed;
  }
};

constexpr std::string_view kBrowser =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

std::string line(const std::string& client, int second, const std::string& target, int status = 200,
                 std::string_view agent = "curl/7.88") {
  std::ostringstream text;
  text << client << " - - [24/Nov/2026:06:" << second / 60 % 60 / 10 << second / 60 % 10 << ":"
       << second % 60 / 10 << second % 10 << " +0000] \"GET " << target << " HTTP/1.1\" " << status
       << " 4000 \"-\" \"" << agent << "\"\n";
  return text.str();
}

// A scraper that walks 100 people in 100 seconds, and a person who reads 10.
std::string two_visitors() {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += line("2001:db8::" + std::to_string(i + 1), i, "/people/" + std::to_string(i + 1));
    if (i % 10 == 0) {
      text += line("192.0.2.5", i, "/people/" + std::to_string(i * i * 7 % 997), 200, kBrowser);
      text += line("192.0.2.5", i, "/assets/style.css", 200, kBrowser);
    }
  }
  return text;
}

TEST_F(ReplayTest, ShowsANetworkWhoseSourcesRotateAsOne) {
  std::string text;
  for (int i = 0; i < 600; ++i)
    text += line("2001:db8:7:" + std::to_string(i) + "::1", 2 * i, "/people/" + std::to_string(1024 + i));
  config::Config config;
  config.detector.scoring.heuristics.of<detection::Rotation>().weight =
      3.0;  // told of before anything is decided
  const Printed printed = replayed({{file("access.log", text)}, std::nullopt, true, false}, config);
  ASSERT_EQ(printed.sources.size(), 1U);
  const boost::json::object& network = printed.sources.at("2001:db8:7::/48");
  EXPECT_EQ(network.at("first_seen").as_string(), "2026-11-24T06:00:00Z");
  EXPECT_EQ(network.at("requests").to_number<int>(), 600);
  EXPECT_EQ(network.at("pages").to_number<int>(), 600);
  const auto before = network.at("subjects_before").to_number<int>();
  EXPECT_GE(before, 300);
  EXPECT_EQ(before + network.at("subjects_after").to_number<int>(), 600);
}

TEST_F(ReplayTest, SaysWhatWouldHaveBeenDecidedAndWhatThatSpares) {
  const Printed printed = replayed({{file("access.log", two_visitors())}, std::nullopt, true, false});
  ASSERT_EQ(printed.sources.size(), 1U) << "only those that something would have happened to";
  const boost::json::object& scraper = printed.sources.at("2001:db8::/64");
  EXPECT_EQ(scraper.at("action").as_string(), "block");
  EXPECT_EQ(scraper.at("first_seen").as_string(), "2026-11-24T06:00:00Z");
  EXPECT_GE(scraper.at("score").to_number<double>(), 6);
  EXPECT_EQ(scraper.at("requests").to_number<int>(), 100);
  EXPECT_EQ(scraper.at("pages").to_number<int>(), 100);
  const int before = scraper.at("subjects_before").to_number<int>();
  const int after = scraper.at("subjects_after").to_number<int>();
  EXPECT_EQ(before + after, 100);
  EXPECT_GE(before, 20);
  EXPECT_LE(before, 40);
  // One request a second: the decision came with the last of those before it.
  const std::string decided = boost::json::value_to<std::string>(scraper.at("decided_at"));
  EXPECT_EQ(decided, "2026-11-24T06:00:" + std::to_string(before - 1) + "Z");
  ASSERT_FALSE(scraper.at("reasons").as_array().empty());
  const boost::json::object& reason = scraper.at("reasons").as_array().front().as_object();
  EXPECT_TRUE(reason.contains("heuristic") && reason.contains("weight") && reason.contains("text"));
}

TEST_F(ReplayTest, ShowsEverySourceWithAll) {
  const Printed printed = replayed({{file("access.log", two_visitors())}, std::nullopt, true, true});
  ASSERT_EQ(printed.sources.size(), 2U);
  const boost::json::object& person = printed.sources.at("192.0.2.5");
  EXPECT_EQ(person.at("action").as_string(), "none");
  EXPECT_TRUE(person.at("decided_at").is_null());
  EXPECT_EQ(person.at("requests").to_number<int>(), 20);
  EXPECT_EQ(person.at("pages").to_number<int>(), 10);
  EXPECT_EQ(person.at("subjects_after").to_number<int>(), 0);
  EXPECT_TRUE(person.at("reasons").as_array().empty());
}

TEST_F(ReplayTest, NobodyWritesToTheOperatorsTerminal) {
  config::Config config;
  config.detector.routes.decoys = {"/people/\x1b[2J"};
  const Printed printed = replayed(
      {{file("access.json",
             R"({"time":1795500444,"remote_addr":"192.0.2.7","method":"GET",)"
             R"("uri":"/people/\u001b[2J","status":200,"body_bytes_sent":1,"http_user_agent":"curl/8"})"
             "\n")},
       std::nullopt,
       false,
       false},
      config);
  EXPECT_EQ(printed.out.find('\x1b'), std::string::npos);
  EXPECT_NE(printed.out.find("/people/\\x1b[2J"), std::string::npos) << printed.out;
}

TEST_F(ReplayTest, NamesTheUrlsThatHaveNoRoute) {
  std::string text = two_visitors();
  for (int i = 0; i < 60; ++i) {
    const std::string client = "192.0.2." + std::to_string(100 + i);
    text += line(client, i, "/member.php?uid=" + std::to_string(i + 1), 200, kBrowser);
    text += line(client, i, "/a\\x1b[2J/product/" + std::to_string(i + 1), 200, kBrowser);
  }
  const Printed printed = replayed({{file("access.log", text)}, std::nullopt, true, false});
  EXPECT_THAT(printed.log,
              HasSubstr("110 pages of routes, 120 of none\n"
                        "  no route: /member.php?uid={number}, 60 requests, about 60 different values, "
                        "looks like people: 'uid' before it means people\n"
                        "  no route: /a"));
  EXPECT_THAT(printed.log,
              HasSubstr("/product/{number}, 60 requests, about 60 different values, does not look like "
                        "people: 'product' before it means other things\n"));
  EXPECT_EQ(printed.log.find('\x1b'), std::string::npos);
}

TEST_F(ReplayTest, PutsRotatedFilesInTheOrderTheyWereWritten) {
  const std::string text = two_visitors();
  const std::size_t half = text.find('\n', text.size() / 2) + 1;
  const std::string newer = file("access.log", text.substr(half));
  const std::string older = file("access.log.1", text.substr(0, half));
  const Printed split = replayed({{newer, older}, std::nullopt, true, true});
  const Printed whole = replayed({{file("whole.log", text)}, std::nullopt, true, true});
  EXPECT_EQ(split.out, whole.out);
}

TEST_F(ReplayTest, TakesLinesOutOfOrder) {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += line("192.0.2.7", 100 + (i % 2 == 0 ? -i % 30 : i % 30), "/people/" + std::to_string(i));
  EXPECT_EQ(replayed({{file("access.log", text)}, std::nullopt, true, false}).sources.size(), 1U);
}

TEST_F(ReplayTest, PrintsATableAndSaysWhatCouldNotBeRead) {
  const std::string path = file("access.log", "not a line\n" + two_visitors());
  const Printed printed = replayed({{path}, std::nullopt, false, false});
  EXPECT_THAT(printed.out, HasSubstr("2001:db8::/64  block"));
  EXPECT_THAT(printed.out, HasSubstr("enumeration: asked /people/{subject} for"));
  EXPECT_THAT(printed.log, HasSubstr("1 of 121 lines could not be read as combined; the first: "));
  EXPECT_THAT(printed.log, HasSubstr("121 lines, 120 requests from 2 sources"));
  EXPECT_THAT(replayed({{file("calm.log", line("192.0.2.1", 0, "/"))}, std::nullopt, false, false}).out,
              HasSubstr("Nobody would have been throttled or blocked."));
}

TEST_F(ReplayTest, LeavesManagementNetworksAlone) {
  config::Config config;
  config.management = {*Prefix::parse("2001:db8::/32")};
  const Printed printed = replayed({{file("access.log", two_visitors())}, std::nullopt, true, false}, config);
  EXPECT_TRUE(printed.sources.empty());
}

TEST_F(ReplayTest, TakesAPatternAndLooksBehindTheProxy) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "10.0.0.1 " + std::to_string(1795500000 + i) + " \"GET /people/" + std::to_string(i + 1) +
            " HTTP/1.1\" 200 \"6.6.6.6, 198.51.100.9\"\n";
  config::Config config;
  config.proxies.trusted = {*Prefix::parse("10.0.0.0/8")};
  const ReplayOptions options{{file("access.log", text)},
                              intake::formats::kNginx,
                              true,
                              false,
                              R"($remote_addr $msec "$request" $status "$http_x_forwarded_for")"};
  const Printed printed = replayed(options, config);
  ASSERT_EQ(printed.sources.size(), 1U);
  EXPECT_TRUE(printed.sources.contains("198.51.100.9"));
  config.proxies.lists = {file("cdn.netset", "# a published list\n10.0.0.0/8\n2001:db8::/32\n")};
  config.proxies.trusted.clear();
  EXPECT_TRUE(replayed(options, config).sources.contains("198.51.100.9"));
  config.proxies.lists = {(folder_ / "missing").string()};
  const auto done = replay(config, options, stdout, stderr);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("proxies.lists"));
}

// As many as the daemon has room for: the kernel keeps max_allows (4,096) for each family.
TEST_F(ReplayTest, HasRoomForAsManyTrustedProxiesAsTheDaemon) {
  std::string networks;
  for (int i = 0; i < 2'500; ++i) {
    const std::string high = std::to_string(i / 250);
    const std::string low = std::to_string(i % 250);
    networks += "10." + high + "." + low + ".0/24\n2001:db8:" + high + ":" + low + "::/64\n";
  }
  config::Config config;
  config.proxies.lists = {file("cdn.netset", networks)};
  const std::string path = file("access.log", line("10.9.249.1", 0, "/people/1"));
  const Printed printed = replayed({{path}, std::nullopt, true, true}, config);
  EXPECT_THAT(printed.log, HasSubstr("1 lines, 1 requests from 1 sources"));
}

// The request that leads to a decision was served before it.
TEST_F(ReplayTest, CountsWhatTheDecidingRequestWasShownAsReachedBefore) {
  config::Config config;
  config.policy.throttle_score = 0.1;
  config.policy.block_score = 0.1;
  const Printed printed = replayed({{file("access.log", two_visitors())}, std::nullopt, true, false}, config);
  const boost::json::object& scraper = printed.sources.at("2001:db8::/64");
  const auto before = scraper.at("subjects_before").to_number<int>();
  const std::string decided = boost::json::value_to<std::string>(scraper.at("decided_at"));
  const std::string second = std::to_string(before - 1);
  EXPECT_EQ(decided, "2026-11-24T06:00:" + std::string(second.size() < 2 ? "0" : "") + second + "Z");
  EXPECT_EQ(before + scraper.at("subjects_after").to_number<int>(), 100);
}

TEST_F(ReplayTest, RefusesAFormatThatItDoesNotKnowThePatternOf) {
  const std::string path = file("access.log", two_visitors());
  const auto without = replay({}, {{path}, intake::formats::kNginx, false, false}, stdout, stderr);
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message(),
              HasSubstr("no [[log]] with format = \"nginx\" is configured; give its --pattern"));
  const auto bad = replay({}, {{path}, intake::formats::kNginx, false, false, "$msec"}, stdout, stderr);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), HasSubstr("says no client address"));
  const auto odd = replay({}, {{path}, intake::formats::kJson, false, false, "$msec"}, stdout, stderr);
  ASSERT_FALSE(odd);
}

TEST_F(ReplayTest, FailsOnAFileThatIsNotThere) {
  const auto done =
      replay({}, {{(folder_ / "missing").string()}, std::nullopt, false, false}, stdout, stderr);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("missing"));
}

}  // namespace
}  // namespace sluice::app
