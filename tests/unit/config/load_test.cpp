// SPDX-License-Identifier: Apache-2.0
// That each value arrives where it belongs, and what files can and cannot be read.
#include "daemon/config/load.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/changes.h"
#include "daemon/config/keys.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Load, PutsEveryValueInItsPlace) {
  const auto loaded = parse(R"(
mode = "enforce"
filter = {interfaces = ["eth0", "eth1"], scope = "all", ports = [8080], xdp_mode = "generic", bpf_fs = "/sys/fs/bpf/x",
          max_decisions = 1, max_allows = 2, max_sources = 64, report_interval = "1m"}
)",
                            "inline.toml");
  ASSERT_FALSE(loaded) << "TOML 1.0 keeps an inline table on one line";

  const auto config = parse(R"(
mode = "enforce"
[filter]
interfaces = ["eth0", "eth1"]
scope = "all"
ports = [
  8080,
]
xdp_mode = "generic"
bpf_fs = "/sys/fs/bpf/x"
max_decisions = 1
max_allows = 2
max_sources = 64
report_interval = "1m"
[protect]
management = ["198.51.100.7", "2001:db8::/32"]
[identity]
ipv6_prefix_length = 56
max_sources = 1000
[assets]
extensions = []
prefixes = ["/a/"]
[decoy]
paths = ["/d"]
[heuristics]
page_rate = {enabled = false, pages_per_minute = 11, weight = 1, max_weight = 2}
breadth = {enabled = false, subjects_per_hour = 12, subjects_per_day = 13, weight = 1.5, max_weight = 2.5}
enumeration = {enabled = false, min_subjects = 8, min_regularity = 0.9, weight = 1.25, max_weight = 2.25}
decoy = {enabled = false, weight = 1.75, max_weight = 2.75}
user_agent = {enabled = false, list_weight = 0.25, weight = 1.1, max_weight = 1.2}
client_habits = {enabled = false, min_pages = 5, weight = 1.3, max_weight = 1.4}
crawler = {enabled = false, weight = 1.6}
tls_claim = {enabled = false, min_pages = 1, weight = 1.7, max_weight = 1.8}
[policy]
throttle_score = 1
block_score = 2
throttle_rate = 3
throttle_burst = 4
throttle_for = "5s"
block_for = "6s"
growth = 7
max_for = "8s"
memory = "9s"
[control]
socket = "/run/x"
group = "wheel"
default_for = "10s"
max_for = "11s"
[store]
path = "/x"
[logging]
level = "debug"
)",
                            "all.toml");
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->mode, decisions::Mode::enforce);
  EXPECT_THAT(config->filter.interfaces, ElementsAre("eth0", "eth1"));
  EXPECT_EQ(config->filter.scope, kernel::Scope::all);
  EXPECT_THAT(config->filter.ports, ElementsAre(8080));
  EXPECT_EQ(config->filter.xdp_mode, kernel::XdpMode::generic);
  EXPECT_EQ(config->filter.bpf_fs, "/sys/fs/bpf/x");
  EXPECT_EQ(config->filter.max_decisions, 1U);
  EXPECT_EQ(config->filter.max_allows, 2U);
  EXPECT_EQ(config->filter.max_sources, 64U);
  EXPECT_EQ(config->filter.report_interval, Seconds(60));
  EXPECT_EQ(config->filter.ipv6_source_length, 56U)
      << "the kernel counts the sources that the detector judges";
  EXPECT_THAT(config->management,
              ElementsAre(*Prefix::parse("198.51.100.7"), *Prefix::parse("2001:db8::/32")));
  EXPECT_EQ(config->detector.identity.ipv6_prefix_length, 56U);
  EXPECT_EQ(config->detector.max_sources, 1000U);
  EXPECT_THAT(config->detector.routes.asset_extensions, IsEmpty());
  EXPECT_THAT(config->detector.routes.asset_prefixes, ElementsAre("/a/"));
  EXPECT_THAT(config->detector.routes.decoys, ElementsAre("/d"));
  EXPECT_FALSE(config->detector.page_rate.enabled);
  EXPECT_EQ(config->detector.page_rate.pages_per_minute, 11);
  EXPECT_EQ(config->detector.page_rate.weight, 1);
  EXPECT_EQ(config->detector.page_rate.max_weight, 2);
  EXPECT_FALSE(config->detector.breadth.enabled);
  EXPECT_EQ(config->detector.breadth.subjects_per_hour, 12);
  EXPECT_EQ(config->detector.breadth.subjects_per_day, 13);
  EXPECT_EQ(config->detector.breadth.weight, 1.5);
  EXPECT_EQ(config->detector.breadth.max_weight, 2.5);
  EXPECT_FALSE(config->detector.enumeration.enabled);
  EXPECT_EQ(config->detector.enumeration.min_subjects, 8U);
  EXPECT_EQ(config->detector.enumeration.min_regularity, 0.9);
  EXPECT_EQ(config->detector.enumeration.weight, 1.25);
  EXPECT_EQ(config->detector.enumeration.max_weight, 2.25);
  EXPECT_FALSE(config->detector.decoy.enabled);
  EXPECT_EQ(config->detector.decoy.weight, 1.75);
  EXPECT_EQ(config->detector.decoy.max_weight, 2.75);
  EXPECT_FALSE(config->detector.user_agent.enabled);
  EXPECT_EQ(config->detector.user_agent.list_weight, 0.25);
  EXPECT_EQ(config->detector.user_agent.weight, 1.1);
  EXPECT_EQ(config->detector.user_agent.max_weight, 1.2);
  EXPECT_FALSE(config->detector.client_habits.enabled);
  EXPECT_EQ(config->detector.client_habits.min_pages, 5U);
  EXPECT_EQ(config->detector.client_habits.weight, 1.3);
  EXPECT_EQ(config->detector.client_habits.max_weight, 1.4);
  EXPECT_FALSE(config->detector.crawler.enabled);
  EXPECT_EQ(config->detector.crawler.weight, 1.6);
  EXPECT_FALSE(config->detector.tls_claim.enabled);
  EXPECT_EQ(config->detector.tls_claim.min_pages, 1U);
  EXPECT_EQ(config->detector.tls_claim.weight, 1.7);
  EXPECT_EQ(config->detector.tls_claim.max_weight, 1.8);
  EXPECT_EQ(config->policy.throttle_score, 1);
  EXPECT_EQ(config->policy.block_score, 2);
  EXPECT_EQ(config->policy.throttle_rate, (decisions::Rate{3, 4}));
  EXPECT_EQ(config->policy.throttle_for, Seconds(5));
  EXPECT_EQ(config->policy.block_for, Seconds(6));
  EXPECT_EQ(config->policy.growth, 7);
  EXPECT_EQ(config->policy.max_for, Seconds(8));
  EXPECT_EQ(config->policy.memory, Seconds(9));
  EXPECT_EQ(config->control.socket, "/run/x");
  EXPECT_EQ(config->control.group, "wheel");
  EXPECT_EQ(config->control.default_for, Seconds(10));
  EXPECT_EQ(config->control.max_for, Seconds(11));
  EXPECT_EQ(config->store.path, "/x");
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->logs, Config{}.logs);
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
  intake::LogOptions json{.path = "/a.json", .format = intake::Format::json};
  json.fields = {"t", "c.ip", "", "", "", "r", "s", "b", "f", "a", "u"};
  EXPECT_THAT(entries->logs,
              ElementsAre(json, intake::LogOptions{.path = "/b", .format = intake::Format::common}));
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
  EXPECT_EQ(config->logs[0].format, intake::Format::nginx);
  EXPECT_EQ(config->logs[0].account, "$cookie_user");
  EXPECT_EQ(config->logs[1].listen, "udp:192.0.2.1:5514");
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
      EXPECT_EQ(config->detector.scales.*other.scale, &other == &terms ? 0.5 : 1.0) << other.name;
  }
  EXPECT_THAT(heuristics, IsEmpty()) << "it takes a row in pipeline/scales.cpp and in config/scale_keys.cpp";
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
