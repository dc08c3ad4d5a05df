// SPDX-License-Identifier: Apache-2.0
// That each value arrives where it belongs, and what files can and cannot be read.
#include "daemon/config/load.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/changes.h"
#include "daemon/config/keys.h"
#include "daemon/config/parse_toml.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One key of a file, and whether its value arrived where it belongs.
struct Placed {
  std::string_view key;    // "policy.growth"
  std::string_view value;  // as TOML
  std::function<void(const Config&)> expect;
};

// A key whose member, as `member` picks it out, is `wanted`.
template <class Member, class Wanted>
Placed placed(std::string_view key, std::string_view value, Member member, Wanted wanted) {
  return {key, value, [=](const Config& config) { EXPECT_EQ(std::invoke(member, config), wanted) << key; }};
}

// A key of a heuristic, whose option is `wanted`.
template <class H, class Member, class Wanted>
Placed heuristic_option(std::string_view key, std::string_view value, Member member, Wanted wanted) {
  return placed(
      key, value, [=](const Config& config) { return config.detector.scoring.heuristics.of<H>().*member; },
      wanted);
}

#define PICK(member) [](const Config& config) { return config.member; }

std::vector<Placed> keys_outside_of_heuristics() {
  using Texts = std::vector<std::string>;
  return {
      placed("mode", R"("enforce")", PICK(mode), decisions::Mode::enforce),
      placed("filter.interfaces", R"(["eth0", "eth1"])", PICK(filter.interfaces), Texts{"eth0", "eth1"}),
      placed("filter.scope", R"("all")", PICK(filter.scope), kernel::Scope::all),
      placed("filter.ports", "[\n  8080,\n]", PICK(filter.ports), std::vector<std::uint16_t>{8080}),
      placed("filter.xdp_mode", R"("generic")", PICK(filter.xdp_mode), kernel::XdpMode::generic),
      placed("filter.bpf_fs", R"("/sys/fs/bpf/x")", PICK(filter.bpf_fs), "/sys/fs/bpf/x"),
      placed("filter.max_decisions", "1", PICK(filter.max_decisions), 1U),
      placed("filter.max_allows", "2", PICK(filter.max_allows), 2U),
      placed("filter.max_sources", "64", PICK(filter.max_sources), 64U),
      placed("filter.report_interval", R"("1m")", PICK(filter.report_interval), Seconds(60)),
      placed("protect.management", R"(["198.51.100.7", "2001:db8::/32"])", PICK(management),
             std::vector{*Prefix::parse("198.51.100.7"), *Prefix::parse("2001:db8::/32")}),
      placed("identity.ipv6_prefix_length", "56", PICK(detector.identity.ipv6_prefix_length), 56U),
      placed("identity.max_sources", "1000", PICK(detector.max_sources), 1000U),
      placed("assets.extensions", "[]", PICK(detector.routes.asset_extensions), Texts{}),
      placed("assets.prefixes", R"(["/a/"])", PICK(detector.routes.asset_prefixes), Texts{"/a/"}),
      placed("decoy.paths", R"(["/d"])", PICK(detector.routes.decoys), Texts{"/d"}),
      placed("policy.throttle_score", "1", PICK(policy.throttle_score), 1),
      placed("policy.block_score", "2", PICK(policy.block_score), 2),
      placed("policy.throttle_rate", "3", PICK(policy.throttle_rate.packets_per_second), 3U),
      placed("policy.throttle_burst", "4", PICK(policy.throttle_rate.burst), 4U),
      placed("policy.throttle_for", R"("5s")", PICK(policy.throttle_for), Seconds(5)),
      placed("policy.block_for", R"("6s")", PICK(policy.block_for), Seconds(6)),
      placed("policy.growth", "7", PICK(policy.growth), 7),
      placed("policy.max_for", R"("8s")", PICK(policy.max_for), Seconds(8)),
      placed("policy.memory", R"("9s")", PICK(policy.memory), Seconds(9)),
      placed("control.socket", R"("/run/x")", PICK(control.socket), "/run/x"),
      placed("control.group", R"("wheel")", PICK(control.group), "wheel"),
      placed("control.default_for", R"("10s")", PICK(control.default_for), Seconds(10)),
      placed("control.max_for", R"("11s")", PICK(control.max_for), Seconds(11)),
      placed("store.path", R"("/x")", PICK(store.path), "/x"),
      placed("logging.level", R"("debug")", PICK(log_level), "debug"),
  };
}

#undef PICK

std::vector<Placed> keys_of_heuristics() {
  using namespace detection;  // NOLINT(google-build-using-namespace): of this function
  return {
      heuristic_option<PageRate>("heuristics.page_rate.enabled", "false", &PageRate::Options::enabled, false),
      heuristic_option<PageRate>("heuristics.page_rate.pages_per_minute", "11",
                                 &PageRateOptions::pages_per_minute, 11),
      heuristic_option<PageRate>("heuristics.page_rate.weight", "1", &PageRate::Options::weight, 1),
      heuristic_option<PageRate>("heuristics.page_rate.max_weight", "2", &PageRate::Options::max_weight, 2),
      heuristic_option<Breadth>("heuristics.breadth.enabled", "false", &Breadth::Options::enabled, false),
      heuristic_option<Breadth>("heuristics.breadth.subjects_per_hour", "12",
                                &BreadthOptions::subjects_per_hour, 12),
      heuristic_option<Breadth>("heuristics.breadth.subjects_per_day", "13",
                                &BreadthOptions::subjects_per_day, 13),
      heuristic_option<Breadth>("heuristics.breadth.weight", "1.5", &Breadth::Options::weight, 1.5),
      heuristic_option<Breadth>("heuristics.breadth.max_weight", "2.5", &Breadth::Options::max_weight, 2.5),
      heuristic_option<Enumeration>("heuristics.enumeration.enabled", "false", &Enumeration::Options::enabled,
                                    false),
      heuristic_option<Enumeration>("heuristics.enumeration.min_subjects", "8",
                                    &EnumerationOptions::min_subjects, 8U),
      heuristic_option<Enumeration>("heuristics.enumeration.min_regularity", "0.9",
                                    &EnumerationOptions::min_regularity, 0.9),
      heuristic_option<Enumeration>("heuristics.enumeration.weight", "1.25", &Enumeration::Options::weight,
                                    1.25),
      heuristic_option<Enumeration>("heuristics.enumeration.max_weight", "2.25",
                                    &EnumerationOptions::max_weight, 2.25),
      heuristic_option<Decoy>("heuristics.decoy.enabled", "false", &Decoy::Options::enabled, false),
      heuristic_option<Decoy>("heuristics.decoy.weight", "1.75", &Decoy::Options::weight, 1.75),
      heuristic_option<Decoy>("heuristics.decoy.max_weight", "2.75", &Decoy::Options::max_weight, 2.75),
      heuristic_option<UserAgent>("heuristics.user_agent.enabled", "false", &UserAgent::Options::enabled,
                                  false),
      heuristic_option<UserAgent>("heuristics.user_agent.list_weight", "0.25",
                                  &UserAgent::Options::list_weight, 0.25),
      heuristic_option<UserAgent>("heuristics.user_agent.weight", "1.1", &UserAgent::Options::weight, 1.1),
      heuristic_option<UserAgent>("heuristics.user_agent.max_weight", "1.2", &UserAgent::Options::max_weight,
                                  1.2),
      heuristic_option<ClientHabits>("heuristics.client_habits.enabled", "false",
                                     &ClientHabitsOptions::enabled, false),
      heuristic_option<ClientHabits>("heuristics.client_habits.min_pages", "5",
                                     &ClientHabitsOptions::min_pages, 5U),
      heuristic_option<ClientHabits>("heuristics.client_habits.weight", "1.3", &ClientHabits::Options::weight,
                                     1.3),
      heuristic_option<ClientHabits>("heuristics.client_habits.max_weight", "1.4",
                                     &ClientHabitsOptions::max_weight, 1.4),
      heuristic_option<Crawler>("heuristics.crawler.enabled", "false", &Crawler::Options::enabled, false),
      heuristic_option<Crawler>("heuristics.crawler.weight", "1.6", &Crawler::Options::weight, 1.6),
      heuristic_option<TlsClaim>("heuristics.tls_claim.enabled", "false", &TlsClaim::Options::enabled, false),
      heuristic_option<TlsClaim>("heuristics.tls_claim.min_pages", "1", &TlsClaim::Options::min_pages, 1U),
      heuristic_option<TlsClaim>("heuristics.tls_claim.weight", "1.7", &TlsClaim::Options::weight, 1.7),
      heuristic_option<TlsClaim>("heuristics.tls_claim.max_weight", "1.8", &TlsClaim::Options::max_weight,
                                 1.8),
  };
}

TEST(Load, PutsEveryValueInItsPlace) {
  std::vector<Placed> keys = keys_outside_of_heuristics();
  std::ranges::move(keys_of_heuristics(), std::back_inserter(keys));
  std::string file;
  for (const Placed& key : keys)
    file += fmt::format("{} = {}\n", key.key, key.value);
  const auto config = parse(file, "all.toml");
  ASSERT_TRUE(config) << to_string(config.error().front());
  for (const Placed& key : keys)
    key.expect(*config);
  EXPECT_EQ(config->filter.ipv6_source_length, 56U)
      << "the kernel counts the sources that the detector judges";
  EXPECT_EQ(config->logs, Config{}.logs);
}

TEST(Load, AnInlineTableIsOnOneLine) {
  EXPECT_FALSE(parse("filter = {interfaces = [\"eth0\"],\n          max_decisions = 1}\n", "inline.toml"))
      << "TOML 1.0 has no line breaks in one";
  EXPECT_TRUE(parse("filter = {interfaces = [\"eth0\"], max_decisions = 1}\n", "inline.toml"));
}

TEST(Load, EntriesOfTheFileReplaceTheDefaultOnes) {
  const auto config = parse(R"(
[[log]]
path = "/a.json"
format = "json"
fields = {time = "t", client = "c.ip", method = "", target = "", request = "r", status = "s", bytes = "b",
          protocol = "", referer = "f", user_agent = "a", user = "u"}
)",
                            "json.toml");
  ASSERT_FALSE(config) << "an inline table is one line";

  const auto entries = parse(R"(
[[log]]
path = "/a.json"
format = "json"
[log.fields]
time = "t"
client = "c.ip"
method = ""
target = ""
protocol = ""
request = "r"
status = "s"
bytes = "b"
referer = "f"
user_agent = "a"
user = "u"
[[log]]
path = "/b"
format = "common"
[[route]]
name = "a"
pattern = "/u/{subject}/*"
sensitivity = "high"
[[route]]
name = "b"
pattern = "/v"
)",
                             "entries.toml");
  ASSERT_TRUE(entries) << to_string(entries.error().front());
  intake::LogOptions json{.path = "/a.json", .format = intake::formats::kJson};
  json.fields = {"t", "c.ip", "", "", "", "r", "s", "b", "f", "a", "u"};
  EXPECT_THAT(entries->logs,
              ElementsAre(json, intake::LogOptions{.path = "/b", .format = intake::formats::kCommon}));
  const auto& routes = entries->detector.routes.routes;
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].name, "a");
  EXPECT_EQ(routes[0].pattern, "/u/{subject}/*");
  EXPECT_EQ(routes[0].sensitivity, detection::Sensitivity::high);
  EXPECT_EQ(routes[1].name, "b");
  EXPECT_EQ(routes[1].sensitivity, detection::Sensitivity::normal);
}

TEST(Load, PatternsPresetsSourcesAndProxies) {
  const auto config = parse(R"x(
[[log]]
path = "/var/log/nginx/*.log"
format = "nginx"
account = "$cookie_user"
pattern = '''
log_format main escape=json
    '$remote_addr [$time_local] "$request" '
    '"$cookie_user"';
'''
[[log]]
listen = "udp:192.0.2.1:5514"
from = ["192.0.2.0/24"]
trust_local_users = true
format = "haproxy"
headers = ["host", "x-user"]
account = "x-user"
[[log]]
path = "-"
format = "json"
preset = "caddy"
[log.fields]
account = "user_id"
[proxies]
trusted = ["10.0.0.0/8"]
lists = ["/etc/sluice/lists/cdn.txt"]
header = "forwarded"
)x",
                            "logs.toml");
  ASSERT_TRUE(config) << to_string(config.error().front());
  ASSERT_EQ(config->logs.size(), 3U);
  EXPECT_EQ(config->logs[0].format, intake::formats::kNginx);
  EXPECT_EQ(config->logs[0].account, "$cookie_user");
  EXPECT_EQ(config->logs[1].listen, "udp:192.0.2.1:5514");
  EXPECT_TRUE(config->logs[1].trust_local_users);
  EXPECT_FALSE(config->logs[0].trust_local_users);
  EXPECT_EQ(config->logs[1].headers.size(), 2U);
  intake::FieldMap caddy = intake::preset_fields(intake::JsonPreset::caddy);
  caddy.account = "user_id";
  EXPECT_EQ(config->logs[2].fields, caddy);
  EXPECT_EQ(config->proxies.trusted.size(), 1U);
  EXPECT_EQ(config->proxies.lists.size(), 1U);
  EXPECT_EQ(config->proxies.header, intake::ProxyHeader::forwarded);
}

TEST(Load, EntriesMayBeWrittenInlineAndMayBeNone) {
  const auto config = parse(
      "route = []\nlog = [{path = \"/a\", format = \"json\", fields = {time = \"t\"}}]\n", "inline.toml");
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_THAT(config->detector.routes.routes, IsEmpty());
  ASSERT_EQ(config->logs.size(), 1U);
  EXPECT_EQ(config->logs[0].fields.time, "t");
}

TEST(Load, EveryHeuristicHasAScale) {
  std::set<std::string> heuristics;
  for (const auto& key : config_keys()) {
    const std::string name(key.name);
    if (name.starts_with("heuristics.") && name.ends_with(".enabled"))
      heuristics.insert(name.substr(11, name.size() - 11 - 8));
  }
  for (const detection::HeuristicTerms& terms : detection::heuristic_terms()) {
    EXPECT_EQ(heuristics.erase(std::string(terms.name)), 1U) << terms.name;
    const auto config = parse(fmt::format("[heuristics.scale]\n{} = 0.5\n", terms.name), "scale.toml");
    ASSERT_TRUE(config) << to_string(config.error().front());
    for (const detection::HeuristicTerms& other : detection::heuristic_terms())
      EXPECT_EQ(config->detector.scoring
                    .scales[static_cast<std::size_t>(&other - detection::heuristic_terms().data())],
                &other == &terms ? 0.5 : 1.0)
          << other.name;
  }
  EXPECT_THAT(heuristics, IsEmpty()) << "it is not in detection/heuristics/all.h";
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-config-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

std::string only_fault(const std::string& path) {
  const auto loaded = load(path);
  if (loaded) return "no fault";
  return loaded.error().size() == 1 ? to_string(loaded.error().front()) : "several faults";
}

TEST_F(Files, OneIsReadAndItsFaultsNameIt) {
  EXPECT_EQ(load(write("good.toml", "[policy]\ngrowth = 2\n"))->policy.growth, 2);
  const std::string bad = write("bad.toml", "mode = 1\n");
  EXPECT_EQ(only_fault(bad), bad + ":1: mode: the number 1 is not one of \"observe\", \"enforce\"");
}

TEST_F(Files, AMissingOneComesWithTheRemedy) {
  EXPECT_EQ(
      only_fault("/nonexistent/sluice.toml"),
      "/nonexistent/sluice.toml: cannot be opened: No such file or directory; put one there (an empty file "
      "means the defaults) or name another");
}

TEST_F(Files, AFolderIsNone) {
  EXPECT_EQ(only_fault(folder_), folder_.string() + ": cannot be read: Is a directory");
}

TEST_F(Files, TheLargestIsAMebibyte) {
  std::string text;
  while (text.size() + 64 <= kMaxFileBytes)
    text += std::string(63, '#') + '\n';
  EXPECT_TRUE(load(write("largest.toml", text)));
  const std::string path = write("larger.toml", text + "\n");
  EXPECT_EQ(only_fault(path), path + ": larger than 1048576 bytes; this is hardly a configuration file");
  const std::string endless = "/dev/zero";
  EXPECT_EQ(only_fault(endless), "/dev/zero: larger than 1048576 bytes; this is hardly a configuration file");
}

}  // namespace
}  // namespace sluice::config
