// SPDX-License-Identifier: Apache-2.0
// Every kind of fault: its line, its key, its words.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bpf/wire.h"
#include "daemon/config/load.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> faults(std::string_view text) {
  std::vector<std::string> lines;
  const auto loaded = parse(text, "t");
  if (loaded) return lines;
  for (const Fault& fault : loaded.error())
    lines.push_back(to_string(fault));
  return lines;
}
TEST(Faults, UnknownKeysWithWhatWasMeant) {
  EXPECT_THAT(faults(R"(mod = "observe"
block_score = 3
tables = 1
[filter]
mode = "enforce"
[heuristic.breadth]
weight = 1
[heuristics]
brodth = 2
[policy]
"policy.growth" = 3
[[policy2]]
x = 1
[[route]]
name = "p"
pattern = "/p"
patern = 1
)"),
              ElementsAre("t:1: mod: unknown; did you mean mode?",
                          "t:2: block_score: unknown here; it belongs in [policy]",
                          "t:3: tables: unknown; here may stand mode, preset, include, filter, limit, "
                          "protect, list, log, proxies, identity, asn, site, route, assets, decoy, robots, "
                          "heuristics, agents, crawlers, policy, control, store, retention, metrics, logging",
                          "t:5: filter.mode: unknown here; it belongs at the top, before the first [table]",
                          "t:6: heuristic: unknown; did you mean heuristics?",
                          "t:9: heuristics.brodth: unknown; did you mean breadth?",
                          "t:11: policy.policy.growth: unknown; here may stand throttle_score, block_score, "
                          "throttle_rate, throttle_burst, throttle_for, block_for, growth, max_for, memory",
                          "t:12: policy2: unknown; did you mean policy?",
                          "t:17: route.patern: unknown; did you mean pattern?"));
}

TEST(Faults, WrongTypesSayWhatWasFoundAndWhatIsWanted) {
  EXPECT_THAT(
      faults(R"(mode = 1
[filter]
interfaces = "eth0"
scope = 3
ports = ["x", [1], {}]
max_decisions = 1.5
max_allows = true
report_interval = 1
[protect]
management = [7]
[heuristics]
page_rate = 3
[heuristics.decoy]
enabled = "yes"
[policy]
throttle_score = "six"
block_score = 1979-05-27
[assets]
extensions = [{}]
prefixes = [[]]
)"),
      ElementsAre(
          "t:1: mode: the number 1 is not one of \"observe\", \"enforce\"",
          "t:3: filter.interfaces: the text \"eth0\" is not a list; put it into [ ]",
          "t:4: filter.scope: the number 3 is not one of \"ports\", \"all\"",
          "t:5: filter.ports: the text \"x\" is not a whole number from 1 to 65535; write for example 1",
          "t:5: filter.ports: a list is not a whole number from 1 to 65535; write for example 1",
          "t:5: filter.ports: a table is not a whole number from 1 to 65535; write for example 1",
          "t:6: filter.max_decisions: the number 1.5 is not a "
          "whole number from 1 to 10000000; write for example 1",
          "t:7: filter.max_allows: true is not a whole number from 1 to 1000000; write for example 1",
          "t:8: filter.report_interval: the number 1 is not a duration; write for example \"15m\"",
          "t:10: protect.management: the number 7 is not a network; write for example \"198.51.100.0/24\"",
          "t:12: heuristics.page_rate: the number 3 is not a table; write [heuristics.page_rate]",
          "t:14: heuristics.decoy.enabled: the text \"yes\" is neither true nor false",
          "t:16: policy.throttle_score: the text \"six\" is not "
          "a number from 0.1 to 100; write for example 0.1",
          "t:17: policy.block_score: a date or time is not a number from 0.1 to 100; write for example 0.1",
          "t:19: assets.extensions: a table is not a file extension; write for example \"png\"",
          "t:20: assets.prefixes: a list is not a path; write for example \"/people/all-contacts\""));
}

TEST(Faults, NumbersAndTimesOutOfRange) {
  EXPECT_THAT(faults(R"([filter]
ports = [0]
max_sources = 63
report_interval = "2h"
[identity]
ipv6_prefix_length = 129
max_sources = 999
[heuristics.enumeration]
min_subjects = 65
min_regularity = 1.01
[policy]
growth = 0.5
memory = "0s"
throttle_burst = 0
)"),
              ElementsAre("t:2: filter.ports: 0 is out of range: 1 to 65535",
                          "t:3: filter.max_sources: 63 is out of range: 64 to 10000000",
                          "t:4: filter.report_interval: 2h is out of range: 1s to 1h",
                          "t:6: identity.ipv6_prefix_length: 129 is out of range: 32 to 128",
                          "t:7: identity.max_sources: 999 is out of range: 1000 to 10000000",
                          "t:9: heuristics.enumeration.min_subjects: 65 is out of range: 8 to 64",
                          "t:10: heuristics.enumeration.min_regularity: 1.01 is out of range: 0.5 to 1",
                          "t:12: policy.growth: 0.5 is out of range: 1 to 100",
                          "t:13: policy.memory: 0s is out of range: 1s to 3660d",
                          "t:14: policy.throttle_burst: 0 is out of range: 1 to 1000000"));
}

TEST(Faults, WordsThatAreNotAmongThose) {
  EXPECT_THAT(faults(R"(mode = "enforced"
[filter]
xdp_mode = "nativ"
[logging]
level = "verbose"
[[route]]
name = "p"
pattern = "/p"
sensitivity = "hihg"
)"),
              ElementsAre("t:1: mode: the text \"enforced\" is not one of "
                          "\"observe\", \"enforce\"; did you mean \"enforce\"?",
                          "t:3: filter.xdp_mode: the text \"nativ\" is not one of \"auto\", \"native\", "
                          "\"generic\"; did you mean \"native\"?",
                          "t:5: logging.level: the text \"verbose\" is not one "
                          "of \"debug\", \"info\", \"warning\", \"error\"",
                          "t:9: route.sensitivity: the text \"hihg\" is not one of \"low\", \"normal\", "
                          "\"high\"; did you mean \"high\"?"));
}

TEST(Faults, Durations) {
  EXPECT_THAT(
      faults(R"([policy]
throttle_for = "fifteen minutes"
block_for = "1 day"
max_for = "-1h"
memory = ""
)"),
      ElementsAre("t:2: policy.throttle_for: 'fifteen minutes' is not a duration; write it as 45s, 15m, 4h, "
                  "7d or 1h30m",
                  "t:3: policy.block_for: '1 day' is not a duration; write it as 45s, 15m, 4h, 7d or 1h30m",
                  "t:4: policy.max_for: '-1h' is not a duration; write it as 45s, 15m, 4h, 7d or 1h30m",
                  "t:5: policy.memory: '' is not a duration; write it as 45s, 15m, 4h, 7d or 1h30m"));
}

TEST(Faults, Networks) {
  EXPECT_THAT(
      faults(R"([protect]
management = [
  "10.0.0.1/24",
  "0.0.0.0/0",
  "::/8",
  "home",
  "10.0.0.0/33",
  "192.0.2.0/24",
  "192.0.2.0/24",
]
)"),
      ElementsAre(
          "t:3: protect.management: '10.0.0.1/24' has host bits set; the network is 10.0.0.0/24",
          "t:4: protect.management: \"0.0.0.0/0\" is nearly everybody; the prefix length must be 8 at least",
          "t:5: protect.management: \"::/8\" is nearly everybody; the prefix length must be 16 at least",
          "t:6: protect.management: 'home' is not an IP address",
          "t:7: protect.management: '10.0.0.0/33': the prefix length must be a number from 0 to 32",
          "t:9: protect.management: \"192.0.2.0/24\" stands in the list twice; take one out"));
}

TEST(Faults, PathsAndNamesOfTheSystem) {
  EXPECT_THAT(
      faults(R"([filter]
interfaces = ["", "eth0/1", "interface-name-1"]
bpf_fs = "sluice"
[control]
socket = "/run/ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
group = "no such group"
[store]
path = "/var/lib/sluice/"
)"),
      ElementsAre(
          "t:2: filter.interfaces: the text is empty; write for example \"eth0\"",
          "t:2: filter.interfaces: \"eth0/1\" is not the name of an interface; `ip -br link` lists them",
          "t:2: filter.interfaces: \"interface-name-1\" is 16 bytes long; at most 15",
          "t:3: filter.bpf_fs: \"sluice\" is a relative path, and a service has no directory of its own; "
          "write it from / on",
          "t:5: control.socket: \"/run/sssssssssssssssssssssssssssssssssssssssssssssssssssssss...\" is 115 "
          "bytes long; at most 107",
          "t:6: control.group: \"no such group\" is not the name of a group; `getent group` lists them, and "
          "\"root\" keeps others out",
          "t:8: store.path: \"/var/lib/sluice/\" ends in '/'; name the file"));
}

TEST(Faults, PatternsAndUrlPaths) {
  EXPECT_THAT(
      faults(R"([[route]]
name = "a b"
pattern = "/u/{subject}/{who}"
[[route]]
name = "p"
pattern = "people"
[decoy]
paths = ["a", "/b?x"]
[assets]
extensions = [".css", "PNG"]
)"),
      ElementsAre("t:2: route.name: \"a b\" is not a name; use letters, digits, '-', '_' and '.'",
                  "t:3: route.pattern: '/u/{subject}/{who}': '{who}' is no gap: write {subject}, "
                  "{subject:number}, {subject:uuid}, {subject:hex} or *",
                  "t:6: route.pattern: 'people': a pattern starts with '/'",
                  "t:8: decoy.paths: \"a\" does not start with '/'",
                  "t:8: decoy.paths: \"/b?x\" is more than a path; leave query, fragment and white space out",
                  "t:10: assets.extensions: \".css\" is not a file extension; write it in small letters and "
                  "without the dot",
                  "t:10: assets.extensions: \"PNG\" is not a file extension; write it in small letters and "
                  "without the dot"));
}

TEST(Faults, DuplicatesInListsAndEntries) {
  EXPECT_THAT(
      faults(R"([filter]
ports = [80, 443, 80]
[decoy]
paths = [
  "/c",
  "/c",
]
[[log]]
path = "/a"
[[log]]
path = "/a"
[[route]]
name = "p"
pattern = "/p"
[[route]]
name = "p"
pattern = "/q"
[[route]]
name = "q"
pattern = "/p"
)"),
      ElementsAre(
          "t:2: filter.ports: 80 stands in the list twice; take one out",
          "t:6: decoy.paths: \"/c\" stands in the list twice; take one out",
          "t:11: log.path: \"/a\" stands in the [[log]] at line 9 too; take one out",
          "t:12: route.pattern: \"/p\" of the route \"q\" is that of \"p\" too, which stands before it; "
          "take one out, or let them differ in hosts or methods",
          "t:16: route.name: \"p\" stands in the [[route]] at line 13 too; take one out"));
}

TEST(Faults, Contradictions) {
  EXPECT_THAT(
      faults(R"([heuristics.page_rate]
weight = 4
[heuristics.breadth]
subjects_per_day = 100
max_weight = 2
[heuristics.enumeration]
weight = 6
[heuristics.decoy]
weight = 3
max_weight = 2
[policy]
throttle_score = 7
block_for = "8d"
[control]
max_for = "1h"
default_for = "2h"
)"),
      ElementsAre(
          "t:2: heuristics.page_rate.weight: 4 is greater than "
          "heuristics.page_rate.max_weight, which is 3 by default",
          "t:4: heuristics.breadth.subjects_per_day: 100 is less than heuristics.breadth.subjects_per_hour, "
          "which is 120 by default",
          "t:5: heuristics.breadth.max_weight: 2 is less than "
          "heuristics.breadth.weight, which is 3 by default",
          "t:7: heuristics.enumeration.weight: 6 is greater than heuristics.enumeration.max_weight, which is "
          "5.5 by default",
          "t:10: heuristics.decoy.max_weight: 2 is less than heuristics.decoy.weight, which is 3",
          "t:12: policy.throttle_score: 7 is greater than policy.block_score, which is 6 by default",
          "t:13: policy.block_for: \"8d\" is greater than policy.max_for, which is \"7d\" by default",
          "t:16: control.default_for: \"2h\" is greater than control.max_for, which is \"1h\""));
}

TEST(Faults, NoContradictionIsSeenInAValueThatWasRefused) {
  EXPECT_THAT(faults(R"([policy]
throttle_score = 7
block_score = "high"
)"),
              ElementsAre("t:3: policy.block_score: the text \"high\" is not a number from 0.1 to 100; write "
                          "for example 0.1"));
}

TEST(Faults, EntriesThatAreIncomplete) {
  EXPECT_THAT(faults(R"([[log]]
format = "json"
[[route]]
sensitivity = "low"
[[route]]
name = 3
pattern = "/p"
[[route]]
name = 4
pattern = "/q"
)"),
              ElementsAre("t:1: log.path: missing; every [[log]] needs one, or listen",
                          "t:3: route.name: missing; every [[route]] needs one",
                          "t:3: route.pattern: missing; every [[route]] needs one",
                          "t:6: route.name: the number 3 is not a name; write for example \"people\"",
                          "t:9: route.name: the number 4 is not a name; write for example \"people\""));
}

TEST(Faults, FieldsOfLogs) {
  EXPECT_THAT(
      faults(R"([[log]]
path = "/a"
format = "json"
[log.fields]
time = ""
client = ""
target = ""
request = ""
tim = "x"
[[log]]
path = "/b"
[log.fields]
time = "t"
[[log]]
path = "/c"
format = "json"
fields = 3
)"),
      ElementsAre("t:4: log.fields: time may not be empty: without times nothing can be judged",
                  "t:4: log.fields: client may not be empty: nobody could be held to account",
                  "t:4: log.fields: target and request are both empty: nothing says what was asked for",
                  "t:9: log.fields.tim: unknown; did you mean time?",
                  "t:12: log.fields: only a log with format = \"json\" has fields; take one of the two out",
                  "t:17: log.fields: the number 3 is not a table; write [log.fields]"));
}

TEST(Faults, FormatsOfLogs) {
  EXPECT_THAT(
      faults(R"([[log]]
path = "/a"
format = "nginx"
[[log]]
path = "/b"
format = "nginx"
pattern = '$remote_addr [$time_local] $request $http_user_agent'
[[log]]
path = "/c"
pattern = '%h'
[[log]]
path = "/d"
format = "json"
account = "$cookie_user"
preset = "candy"
[[log]]
path = "/e"
format = "apache"
pattern = '%h %l %u %t "%r" %>s'
account = "%{user}C"
headers = ["host"]
[[log]]
path = "/f"
format = "haproxy"
headers = ["host"]
credential = "x-key"
)"),
      ElementsAre(
          "t:1: log.pattern: missing; a log with format = "
          "\"nginx\" needs the one of the server's configuration",
          "t:7: log.pattern: pattern has $request and $http_user_agent without a "
          "quote between them: what a visitor writes into one could pass for the "
          "other; put each into \"\", here and in the server's configuration",
          "t:10: log.pattern: only a log with format = \"nginx\", \"apache\", \"haproxy\" or \"w3c\" has a pattern; "
          "take one of the two out",
          "t:14: log.account: only a log with format = \"nginx\", \"apache\", \"haproxy\" or \"w3c\" has that "
          "here; write it into [log.fields]",
          "t:15: log.preset: the text \"candy\" is not one of \"nginx\", \"caddy\", \"traefik\", \"envoy\", "
          "\"gitlab\"; did you mean \"caddy\"?",
          "t:19: log.pattern: pattern does not have %{user}C; add it there and in the server's configuration",
          "t:21: log.headers: only a log with format = \"haproxy\" has headers; take one of the two out",
          "t:25: log.headers: headers does not have 'x-key'; add it there and as `capture request header`, or to "
          "response_headers and as `capture response header`"));
}

TEST(Faults, ZonesAndClientsOfLogs) {
  EXPECT_THAT(
      faults(R"([[log]]
path = "/a"
timezone = "Europe/Berlin"
client = "$http_x_real_ip"
[[log]]
path = "/b"
format = "haproxy"
timezone = "Berlin time"
[[log]]
path = "/c"
format = "w3c"
pattern = "#Fields: time c-ip"
[[log]]
path = "/d"
format = "json"
timezone = "UTC"
client = "http_cf_connecting_ip"
)"),
      ElementsAre(
          testing::StartsWith("t:3: log.timezone: only a log with format = "),
          testing::StartsWith("t:4: log.client: only a log with format = "),
          testing::StartsWith(
              "t:8: log.timezone: 'Berlin time' does not name a time zone; write it as Europe/Berlin"),
          "t:12: log.pattern: pattern does not say what was asked for; log the field cs-uri-stem"));
}

TEST(Faults, SourcesOfLogs) {
  EXPECT_THAT(
      faults(R"([[log]]
path = "/a"
listen = "unix:/run/x"
[[log]]
listen = "tcp:127.0.0.1:1"
[[log]]
listen = "udp:192.0.2.1:514"
[[log]]
path = "/b"
from = ["192.0.2.0/24"]
[[log]]
path = "/c"
trust_local_users = true
[[log]]
path = "b*"
[[log]]
listen = "unix:/run/y"
[[log]]
listen = "unix:/run/y"
)"),
      ElementsAre(
          "t:3: log.listen: a log has a path or listens; take one of the two out",
          "t:5: log.listen: 'tcp:127.0.0.1:1' is no place to listen; "
          "write unix:/run/sluice/log.sock or udp:127.0.0.1:5514",
          "t:7: log.listen: udp:192.0.2.1:514 is not on loopback: whoever reaches it could accuse "
          "anybody; say in `from` who may send",
          "t:10: log.from: only a log that listens has senders; take it out",
          "t:13: log.trust_local_users: only a log that listens has senders; take it out",
          "t:15: log.path: \"b*\" is a relative path, and a service has no directory of its own; write "
          "it from / on",
          "t:19: log.listen: \"unix:/run/y\" stands in the [[log]] at line 17 too; take one out"));
}

TEST(Faults, TablesAndListsOfTablesTakenForEachOther) {
  EXPECT_THAT(faults(R"(log = ["x", 3]
route = 3
store = 4
[[policy]]
growth = 1
)"),
              ElementsAre("t:1: log: the text \"x\" is not a table; write [[log]]",
                          "t:1: log: the number 3 is not a table; write [[log]]",
                          "t:2: route: the number 3 is not a list of tables; write [[route]]",
                          "t:3: store: the number 4 is not a table; write [store]",
                          "t:4: policy: a list is not a table; write [policy]"));
}

TEST(Faults, ASingleTableForAListOfThem) {
  EXPECT_THAT(faults(R"([log]
path = "/a"
)"),
              ElementsAre("t:1: log: a table is not a list of tables; write [[log]]"));
}

TEST(Faults, ListsThatAreTooLongOrTooShort) {
  EXPECT_THAT(faults(R"([filter]
ports = []
interfaces = ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15", "e16", "e17", "e18", "e19", "e20", "e21", "e22", "e23", "e24", "e25", "e26", "e27", "e28", "e29", "e30", "e31", "e32", "e33", "e34", "e35", "e36", "e37", "e38", "e39", "e40", "e41", "e42", "e43", "e44", "e45", "e46", "e47", "e48", "e49", "e50", "e51", "e52", "e53", "e54", "e55", "e56", "e57", "e58", "e59", "e60", "e61", "e62", "e63", "e64"]
)"),
              ElementsAre("t:2: filter.ports: the list holds 0; it takes 1 to 32",
                          "t:3: filter.interfaces: the list holds 65; it takes 0 to 64"));
}

TEST(Faults, TextThatIsNotToml) {
  EXPECT_THAT(faults(R"(mode = "observe"
[policy
growth = 1
)"),
              ElementsAre("t:2: not TOML: Error while parsing table header: expected ']', saw '\\n'"));
}

TEST(Faults, AKeyTwice) {
  EXPECT_THAT(
      faults(R"(mode = "observe"
mode = "enforce"
)"),
      ElementsAre(
          "t:2: not TOML: Error while parsing key-value pair: cannot redefine existing string 'mode'"));
}

TEST(Faults, ATableTwice) {
  EXPECT_THAT(
      faults(R"([policy]
growth = 1
[policy]
memory = "1d"
)"),
      ElementsAre(
          "t:3: not TOML: Error while parsing table header: cannot redefine existing table 'policy'"));
}

TEST(Faults, NoneInAFileThatIsGood) {
  EXPECT_THAT(faults("mode = \"enforce\"\n"), IsEmpty());
}

TEST(Faults, PrintWithoutWhatIsAbsent) {
  EXPECT_EQ(to_string(Fault{"f", 3, "a.b", "wrong"}), "f:3: a.b: wrong");
  EXPECT_EQ(to_string(Fault{"f", 3, "", "wrong"}), "f:3: wrong");
  EXPECT_EQ(to_string(Fault{"f", 0, "", "wrong"}), "f: wrong");
}

TEST(ListFaults, RateBelongsToAThrottle) {
  const auto faults_of = [](const std::string& text) {
    std::string all;
    const auto loaded = parse(text, "f.toml");
    if (loaded) return all;
    for (const Fault& fault : loaded.error())
      all += to_string(fault) + "\n";
    return all;
  };
  const std::string head = "[[list]]\nname = \"a\"\nsource = \"/a\"\n";
  EXPECT_EQ(faults_of(head + "action = \"block\"\n"), "");
  EXPECT_EQ(faults_of(head + "action = \"throttle\"\nrate = 1\nburst = 1\n"), "");
  EXPECT_THAT(faults_of(head), testing::HasSubstr("f.toml:1: list.action: missing"));
  EXPECT_THAT(faults_of(head + "action = \"challenge\"\n"), testing::HasSubstr("f.toml:4: list.action"));
  EXPECT_THAT(faults_of(head + "action = \"throttle\"\nrate = 1\n"),
              testing::HasSubstr("list.burst: missing"));
  EXPECT_THAT(faults_of(head + "action = \"allow\"\nrate = 1\n"), testing::HasSubstr("f.toml:5: list.rate"));
  EXPECT_THAT(faults_of(head + "action = \"allow\"\n" + head + "action = \"allow\"\n"),
              testing::HasSubstr("stands in the [[list]] at line"));
}

TEST(ListFaults, KeysBelongToTheirActionFormatAndSource) {
  const std::string head = "[[list]]\nname = \"a\"\naction = \"block\"\n";
  const std::string local = head + "source = \"/a\"\n";
  const std::string remote = head + "source = \"https://example.org/a\"\n";
  const std::pair<std::string, const char*> refused[] = {
      {local + "format = \"csv\"\n", "list.column: missing; a list with format = \"csv\" needs it"},
      {local + "format = \"json\"\n", "list.paths: missing"},
      {local + "column = \"1\"\n", "t:5: list.column: only a list with format = \"csv\" has it; take it out"},
      {local + "paths = [\"a\"]\n", "t:5: list.paths: only a list with format = \"json\""},
      {local + "format = \"json\"\npaths = [\"a..b\"]\n", "\"a..b\" has an empty name"},
      {local + "format = \"csv\"\ncolumn = \"1\"\nseparator = \"#\"\n",
       "list.separator: the text \"#\" is not one of"},
      {local + "format = \"crawlers\"\n", "goes with action = \"verify_crawler\" alone"},
      {local + "user_agent = \"x\"\n", "t:5: list.user_agent: only a list with action"},
      {local + "ca = \"/ca.pem\"\n", "t:5: list.ca: only a list with a URL"},
      {local + "sha256 = \"abc\"\n", "is not 64 hexadecimal digits"},
      {local + "every = \"1s\"\n", "t:5: list.every: 1s is out of range"},
      {local + "max_shrink = 1.5\n", "t:5: list.max_shrink: 1.5 is out of range: 0 to 1"},
      {local + "max_growth = 1.5\n", "t:5: list.max_growth: 1.5 is out of range: 0 to 1"},
      {local + "last_column = \"2\"\n", "t:5: list.last_column: only a list with format = \"csv\""},
      {local + "priority = 1001\n", "t:5: list.priority"},
      {local + "format = \"xml\"\n", "t:5: list.format"},
      {head + "source = \"http://example.org/a\"\n", "is http, where anybody on the way can write the list"},
      {head + "source = \"ftp://example.org/a\"\n", "is of a kind that is not fetched"},
      {head + "source = \"a.txt\"\n", "is neither an https URL nor a path"},
      {head + "source = \"https://a:b@example.org/a\"\n", "has a user name"},
      {"[[list]]\nname = \"a\"\nsource = \"/a\"\naction = \"verify_crawler\"\n", "list.user_agent: missing"},
      {"[[list]]\nname = \"a\"\nsource = \"/a\"\naction = \"verify_crawler\"\nuser_agent = \"(\"\n",
       "is not a pattern: missing )"},
  };
  for (const auto& [text, fault] : refused)
    EXPECT_THAT(faults(text), testing::Contains(testing::HasSubstr(fault))) << text;
  for (const std::string& text :
       {local, remote + "ca = \"/ca.pem\"\ntimeout = \"5s\"\nevery = \"1h\"\npriority = -3\n",
        local + "format = \"csv\"\ncolumn = \"ip\"\nseparator = \"\\t\"\n"})
    EXPECT_THAT(faults(text), testing::IsEmpty()) << text;
}

TEST(ListFaults, OfCrowdsec) {
  const std::string api =
      "[[list]]\nname = \"a\"\nsource = \"http://127.0.0.1:8080\"\nformat = \"crowdsec\"\n";
  const std::string head = api + "action = \"block\"\n";
  const std::string key = "key_file = \"/key\"\n";
  const std::pair<std::string, const char*> refused[] = {
      {head, "t:1: list.key_file: missing; a list with format = \"crowdsec\" needs it"},
      {head + key + "types = []\n", "t:7: list.types: the list holds 0"},
      {head + key + "types = [\"a b\"]\n", "is not a type of CrowdSec's decisions"},
      {head + key + "max_shrink = 0.5\n", "t:7: list.max_shrink: only a list with a format other than"},
      {head + key + "every = \"0s\"\n", "t:7: list.every: 0s is out of range: 1s to 30d"},
      {api + key + "action = \"allow\"\n",
       "list.action: a list with format = \"crowdsec\" blocks or throttles"},
      {"[[list]]\nname = \"a\"\nsource = \"/a\"\naction = \"block\"\nformat = \"crowdsec\"\n" + key,
       "t:3: list.source: is to be the local API of CrowdSec alone"},
      {"[[list]]\nname = \"a\"\nsource = "
       "\"http://192.0.2.1:8080\"\naction = \"block\"\nformat = \"crowdsec\"\n" +
           key,
       "is http, where anybody on the way can write the list; use https"},
      {head + key +
           "[[list]]\nname = \"b\"\nsource = \"http://127.0.0.1:8080\"\nformat = \"crowdsec\"\n"
           "action = \"block\"\n" +
           key,
       "t:12: list.key_file: \"/key\" stands in the [[list]] at line 6 too"},
      {"[[list]]\nname = \"a\"\nsource = \"/a\"\naction = \"block\"\n" + key,
       "t:5: list.key_file: only a list with format = \"crowdsec\" has it"},
  };
  for (const auto& [text, fault] : refused)
    EXPECT_THAT(faults(text), testing::Contains(testing::HasSubstr(fault))) << text;
  const auto loaded = parse(head + key, "t");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->lists.front().every, Seconds(10));
  EXPECT_EQ(loaded->lists.front().types, std::vector<std::string>{"ban"});
  EXPECT_EQ(parse(head + key + "every = \"1s\"\n", "t")->lists.front().every, Seconds(1));
}

TEST(LimitFaults, EachIsNamed) {
  EXPECT_THAT(faults(R"([[limit]]
port = 443
[[limit]]
packets_per_second = 1
[[limit]]
port = 65536
packets_per_second = 1
[[limit]]
port = 80
packets_per_second = 1000000001
bytes_per_second = -1
attempts_per_second = 1.5
burst = "0s"
[[limit]]
port = 80
attempt_per_second = 3
packets_per_second = 1
[limits]
)"),
              ElementsAre("t:1: limit: limits nothing: give "
                          "packets_per_second, bytes_per_second or attempts_per_second",
                          "t:3: limit.port: missing; every [[limit]] needs one",
                          "t:6: limit.port: 65536 is out of range: 0 to 65535",
                          "t:8: limit: limits nothing: give "
                          "packets_per_second, bytes_per_second or attempts_per_second",
                          "t:10: limit.packets_per_second: 1000000001 is out of range: 0 to 1000000000",
                          "t:11: limit.bytes_per_second: -1 is out of range: 0 to 1000000000",
                          "t:12: limit.attempts_per_second: the number 1.5 is not a whole number from 0 to "
                          "1000000000; write for example 0",
                          "t:13: limit.burst: 0s is out of range: 1s to 1h",
                          "t:16: limit.attempt_per_second: unknown; did you mean attempts_per_second?",
                          "t:18: limits: unknown; did you mean limit?"));
}

TEST(LimitFaults, WhatOnlyTheWholeListTells) {
  EXPECT_THAT(faults(R"([filter]
ports = [80]
[[limit]]
port = 0
packets_per_second = 1
[[limit]]
port = 80
packets_per_second = 1
[[limit]]
port = 0
packets_per_second = 1
[[limit]]
port = 443
packets_per_second = 1
)"),
              ElementsAre("t:3: limit.port: 0 has two limits; take one out",
                          "t:3: limit.port: 443 is not one of filter.ports, so nothing would be limited"));
  std::string many;
  for (int port = 1; port <= SLUICE_MAX_LIMITS + 1; ++port)
    many += fmt::format("[[limit]]\nport = {}\npackets_per_second = 1\n", port);
  EXPECT_THAT(faults("filter.ports = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + many),
              ElementsAre("t:2: limit: there are 9; at most 8"));
  many.erase(many.rfind("[[limit]]"));
  EXPECT_THAT(faults("filter.ports = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + many), IsEmpty());
}

}  // namespace
}  // namespace sluice::config
