// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/checkup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using control::CheckRow;
using control::CheckState;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

struct CheckupTest : ::testing::Test {
  control::StatusAnswer status;
  control::ListsAnswer lists;
  CheckupFacts facts;

  CheckupTest() {
    status.mode = control::Mode::enforce;
    status.store = control::StoreState::ok;
    status.interfaces = {{"eth0", control::XdpMode::native, control::Placement::dispatcher, 7}};
    control::LogStatus log;
    log.path = "/var/log/nginx/access.log";
    log.state = control::LogState::following;
    log.lines = log.requests = 100;
    status.logs = {log};
    facts.now = WallTime(Seconds(1'790'000'000));
    facts.tables = {{"IPv4 decisions", "filter.max_decisions", 10, 100}};
    facts.clock_is_synchronised = true;
  }

  // The rows of an area.
  std::vector<CheckRow> rows(std::string_view area) {
    std::vector<CheckRow> found;
    for (CheckRow& row : check_up(status, lists, facts)) {
      if (row.area == area) found.push_back(std::move(row));
    }
    return found;
  }
  // That an area has one row, which is not well, says this, and has a remedy.
  void expect_fault(std::string_view area, CheckState state, const std::string& text) {
    const auto found = rows(area);
    ASSERT_EQ(found.size(), 1U) << area;
    EXPECT_EQ(found.front().state, state);
    EXPECT_THAT(found.front().text, HasSubstr(text));
    EXPECT_NE(found.front().remedy, "");
    EXPECT_THAT(warnings_of(found), ElementsAre(found.front().text + " " + found.front().remedy));
  }
};

TEST_F(CheckupTest, SaysOfEachAreaThatItIsWell) {
  const auto checks = check_up(status, lists, facts);
  EXPECT_THAT(checks, Each(AllOf(Field(&CheckRow::state, CheckState::ok), Field(&CheckRow::remedy, ""))));
  EXPECT_EQ(checks.size(), 13U);
  EXPECT_TRUE(warnings_of(checks).empty());
}

TEST_F(CheckupTest, AConfigurationFileThatIsBrokenOrNotInForceIsSaid) {
  facts.config_file = {2, "/etc/sluice/sluice.toml:7: mode: is not a mode", 0, ""};
  expect_fault("config", CheckState::warning, "has 2 faults");
  EXPECT_EQ(rows("config").front().example, facts.config_file.first_fault);
  facts.config_file = {0, "", 3, "policy.block_for"};
  const auto found = rows("config");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().state, CheckState::note);
  EXPECT_THAT(found.front().text, HasSubstr("policy.block_for, and 2 more keys"));
}

TEST_F(CheckupTest, BlockedInNameOnlyIsCritical) {
  facts.still_served = {
      {"192.0.2.7", 12, facts.now, "it is served at port 8080, which is not filtered", "Add it."}};
  facts.still_served_sources = 1;
  expect_fault("decisions", CheckState::critical,
               "192.0.2.7 is blocked, and 12 requests of it were answered since");
  facts.still_served_sources = 3;
  const auto found = rows("decisions");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.back().text, "2 more blocked sources are still answered.");
}

TEST_F(CheckupTest, AStateThatWasLostIsAWarning) {
  facts.state_lost = "malformed; it is kept as state.db.corrupt-1";
  expect_fault("state", CheckState::warning, "The stored state was damaged when this daemon started");
}

TEST_F(CheckupTest, ObserveModeIsANote) {
  status.mode = control::Mode::observe;
  expect_fault("mode", CheckState::note, "no packet is dropped");
}

TEST_F(CheckupTest, InterfacesThatAreNotFiltered) {
  status.interfaces.front().xdp_mode = control::XdpMode::not_attached;
  expect_fault("filter", CheckState::critical, "eth0 is not filtered");
  status.interfaces.front().xdp_mode = control::XdpMode::generic;
  expect_fault("filter", CheckState::warning, "generic mode");
  status.interfaces.clear();
  expect_fault("filter", CheckState::critical, "No interface is filtered");
  facts.missing = {{"eth0", std::nullopt}};
  EXPECT_EQ(rows("filter").size(), 2U);
}

TEST_F(CheckupTest, AnInterfaceThatWasFilteredAndIsGone) {
  status.interfaces.front().xdp_mode = control::XdpMode::not_attached;
  facts.missing = {{"eth0", std::nullopt, false}};
  expect_fault("filter", CheckState::critical, "there is no such interface now");
  facts.missing = {{"eth0", 42, true}};
  expect_fault("filter", CheckState::critical, "another XDP program (id 42)");
  facts.missing = {{"eth0", std::nullopt, true}};
  expect_fault("filter", CheckState::critical, "no longer attached");
}

TEST_F(CheckupTest, SomebodyElsesProgram) {
  facts.missing = {{"eth1", 42}};
  expect_fault("filter", CheckState::critical,
               "eth1 is not filtered though filter.interfaces names it: another XDP program (id 42)");
}

TEST_F(CheckupTest, InterfacesThatAreNotThere) {
  facts.missing = {{"late0", std::nullopt, false}};
  expect_fault(
      "filter", CheckState::critical,
      "late0 is not filtered though filter.interfaces names it, and there is no such interface now.");
}

TEST_F(CheckupTest, NoDefaultRoute) {
  status.interfaces.clear();
  facts.no_default_route = true;
  expect_fault("filter", CheckState::critical, "this host has no default route");
  EXPECT_EQ(rows("filter").size(), 1U);
}

TEST_F(CheckupTest, SettingsAndMapsOfAnotherAttach) {
  facts.settings_differ = true;
  expect_fault("filter", CheckState::warning, "other settings");
  facts.settings_differ = false;
  facts.on_other_maps = {"eth0"};
  expect_fault("filter", CheckState::critical, "did not come to its end");
}

TEST_F(CheckupTest, LogsOfWhichFilesAreNotReadAsTheyShouldBe) {
  control::LogStatus& log = status.logs.front();
  log.files = 11;
  log.files_refused = 1;
  log.refused_because = "/var/log/nginx/b.log: Permission denied; let the user sluice read it";
  expect_fault("logs", CheckState::critical,
               "1 of 12 files cannot be read: /var/log/nginx/b.log: Permission");
  log.files_refused = 0;
  log.files_left_out = 900;
  expect_fault("logs", CheckState::critical, "900 files match that are more than may be followed");
  log.files_left_out = 0;
  log.files_polled = 1;
  log.polled_because = "is on a mount of NFS, of which no events tell";
  expect_fault("logs", CheckState::note,
               "it is looked at every second, no events tell of it: one is on a "
               "mount of NFS");
}

TEST_F(CheckupTest, LogsWhoseRequestsAreOldOrLackSomething) {
  control::LogStatus& log = status.logs.front();
  log.recent_requests = 1000;
  log.recent_old = 9;
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  log.recent_old = 10;
  expect_fault("logs", CheckState::warning, "10 of the last 1000 requests are more than a day old");
  log.recent_old = 0;
  log.lacks = {control::LogLack::user_agents};
  expect_fault("logs", CheckState::warning, "it has no user agents");
  log.lacks = {control::LogLack::assets};
  expect_fault("logs", CheckState::note, "it has no request for an asset");
  // Accounts matter where another log has them.
  log.lacks = {control::LogLack::accounts};
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  control::LogStatus other = log;
  other.path = "/var/log/nginx/other.log";
  other.lacks.clear();
  status.logs.push_back(other);
  expect_fault("logs", CheckState::note, "/access.log: it names no accounts, as other logs do");
}

TEST_F(CheckupTest, ASocketThatEveryUserMayWriteTo) {
  status.logs.front().path = "udp:127.0.0.1:5514";
  status.logs.front().open_to_all = true;
  expect_fault("logs", CheckState::warning, "every user of this host may write lines there");
}

TEST_F(CheckupTest, LogsThatAreNotReadOrNotUnderstood) {
  control::LogStatus& log = status.logs.front();
  log.state = control::StateOrFault<control::LogState>::fault("Permission denied");
  expect_fault("logs", CheckState::critical, "Permission denied");
  log.state = control::LogState::following;
  log.unreadable = 101;
  log.recent_lines = 201;
  log.recent_unreadable = 101;
  log.unreadable_example = "bad_time: nonsense";
  expect_fault("logs", CheckState::critical, "most lines cannot be read, 101 of the last 201");
  EXPECT_EQ(rows("logs").front().example, "bad_time: nonsense");
  EXPECT_THAT(rows("logs").front().text, Not(HasSubstr("nonsense"))) << "what strangers write is told apart";
  // Its format was mended: what could not be read before says nothing of now.
  log.recent_lines = 10;
  log.recent_unreadable = 0;
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  // Half of them are a scraper's.
  log.recent_lines = 1000;
  log.recent_unreadable = 500;
  expect_fault("logs", CheckState::critical, "500 of the last 1000");
  // A format that changed after a long time.
  log.unreadable = 600;
  log.requests = 1'000'000;
  log.recent_lines = 1000;
  log.recent_unreadable = 600;
  expect_fault("logs", CheckState::critical, "most lines cannot be read");
  // Another format is mixed in, or somebody's lines alone cannot be read.
  log.recent_unreadable = 300;
  expect_fault("logs", CheckState::warning, "300 of the last 1000 lines cannot be read");
  log.recent_unreadable = 50;
  expect_fault("logs", CheckState::warning, "50 of the last 1000 lines cannot be read");
  EXPECT_EQ(rows("logs").front().example, "bad_time: nonsense");
  log.recent_unreadable = 49;
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  log.recent_lines = 20;
  log.recent_unreadable = 2;
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  log.recent_unreadable = 0;
  log.unreadable = 0;
  log.forwarded = 10;
  log.nameless = 6;
  expect_fault("logs", CheckState::critical, "do not say whom they are for");
  log.nameless = 0;
  log.last_line = facts.now + std::chrono::minutes(5);
  expect_fault("logs", CheckState::warning, "of the future");
  log.last_line = facts.now - std::chrono::hours(5);
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
  log.silent_seconds = 900;
  log.silent_packets = 40'000;
  expect_fault("logs", CheckState::warning, "no line for 15m, while 40000 packets reached the web server");
  facts.silence = LogGapMonitor::Since{Seconds(600), 5000};
  expect_fault("logs", CheckState::critical, "5000 packets reached the web server within 10m");
  status.logs.clear();
  facts.silence.reset();
  expect_fault("logs", CheckState::critical, "No log is configured");
}

TEST_F(CheckupTest, LogsWhoseLinesAreCut) {
  control::LogStatus& log = status.logs.front();
  log.recent_lines = 1000;
  log.recent_cut = 50;
  expect_fault("logs", CheckState::warning, "50 of the last 1000 lines end too soon");
  log.recent_cut = 49;
  EXPECT_EQ(rows("logs").front().state, CheckState::ok);
}

TEST_F(CheckupTest, FilesThatFellSilent) {
  control::LogStatus& log = status.logs.front();
  log.silent_files = 1;
  log.silent_file = "/var/log/nginx/shop.log";
  log.silent_file_seconds = 900;
  expect_fault("logs", CheckState::warning, "/var/log/nginx/shop.log has had no line for 15m");
  log.silent_files = 3;
  expect_fault("logs", CheckState::warning, "so have 2 more of its files");
  // The whole log is silent, which is said.
  log.silent_packets = 5000;
  log.silent_seconds = 600;
  expect_fault("logs", CheckState::warning, "no line for 10m");
}

TEST_F(CheckupTest, MemoryThatRanShort) {
  status.losses = {{std::string(kMemoryReliefs), "", 2}, {std::string(kLinesLost), "", 7}};
  expect_fault("events", CheckState::warning, "Memory ran short 2 times");
  EXPECT_THAT(rows("events").front().text, HasSubstr("7 lines of logs were given up"));
}

TEST_F(CheckupTest, AProxyThatIsNotTrusted) {
  facts.proxy = UndeclaredProxyDetector::Suspect{"192.0.2.9", 0.83, 41};
  expect_fault("proxies", CheckState::critical, "83 % of the requests come from 192.0.2.9, with about 41");
}

TEST_F(CheckupTest, RoutesThatMatchNothing) {
  status.pages_of_no_route = 199;
  EXPECT_EQ(rows("site").front().state, CheckState::ok) << "too few to tell";
  status.pages_of_no_route = 200;
  expect_fault("site", CheckState::critical, "None of the last 200 pages matched a route");
  status.uncovered_shapes = {{"/thread/{number}", 150, 90, false, "'thread' before it means other things"}};
  expect_fault("site", CheckState::critical,
               "The largest shape of URL that has many values is /thread/{number} (150 requests for about 90 "
               "different values; 'thread' before it means other things).");
  EXPECT_THAT(rows("site").front().remedy,
              AllOf(HasSubstr("sluiced routes --toml LOG"), HasSubstr("sluicectl setup")));
  status.pages_of_routes = 100;
  EXPECT_THAT(rows("site").front().text, HasSubstr("33 % of the pages show people whom the routes know."));
}

TEST_F(CheckupTest, UrlsThatLookLikePeopleAndHaveNoRoute) {
  status.pages_of_routes = 5000;
  status.pages_of_no_route = 20;
  status.uncovered_shapes = {{"/u/{name}", 20, 20, true, "18 of 20 values have a given name"},
                             {"/users?page={number}", 12, 0, true, "a list: its last word means people"},
                             {"/thread/{number}", 150, 90, false, ""}};
  expect_fault(
      "site", CheckState::warning,
      "URLs that look like people have no route: /u/{name} (20 requests for about 20 different values; "
      "18 of 20 values have a given name), /users?page={number} (12 requests; a list: its last word "
      "means people).");
  EXPECT_THAT(rows("site").front().text, Not(HasSubstr("thread")));
}

TEST_F(CheckupTest, TablesListsStateAndClock) {
  facts.tables.front().entries = 90;
  expect_fault("tables", CheckState::warning, "nearly full: 90 of 100");
  EXPECT_THAT(rows("tables").front().remedy, HasSubstr("filter.max_decisions"));
  facts.tables.clear();
  status.refused_full = 3;
  expect_fault("tables", CheckState::warning, "3 decisions were refused");
  status.losses = {{"packets_uncounted", "in words", 5}};
  expect_fault("events", CheckState::warning, "5 packets");
  control::ListStatus list;
  list.name = "bots";
  list.state = control::StateOrFault<control::ListState>::fault("no such file");
  lists.lists = {list};
  expect_fault("lists", CheckState::warning, "List bots is missing: no such file");
  lists.lists.front().loaded = facts.now;
  EXPECT_EQ(rows("lists").front().state, CheckState::ok);
  lists.lists.front().failure = "the server answers with status 503";
  lists.lists.front().checked = facts.now;
  expect_fault("lists", CheckState::warning, "status 503");
  status.store = control::StateOrFault<control::StoreState>::fault("disk full");
  expect_fault("state", CheckState::critical, "disk full");
  facts.clock_is_synchronised = false;
  expect_fault("clock", CheckState::note, "not synchronised");
  facts.clock_is_synchronised.reset();
  EXPECT_THAT(rows("clock").front().text, HasSubstr("not told"));
}

TEST_F(CheckupTest, AListThatWaitsForAnOperator) {
  control::ListStatus list;
  list.name = "cdn";
  list.source = "/etc/cdn";
  list.action = control::ListAction::block;
  list.state = control::ListState::not_accepted;
  list.failure = "it would newly cover 100 % of all public IPv4 addresses";
  lists.lists = {list};
  expect_fault("lists", CheckState::warning,
               "List cdn is missing: not accepted yet: it would newly cover 100 %");
  EXPECT_EQ(rows("lists").front().remedy,
            "Look at what it holds (/etc/cdn), then `sluicectl lists refresh --force cdn`.");
  lists.lists.front().action = control::ListAction::trusted_proxy;
  EXPECT_EQ(rows("lists").back().state, CheckState::critical);
}

TEST_F(CheckupTest, ListsThatAreReadInPart) {
  control::ListStatus list;
  list.name = "bots";
  list.loaded = facts.now;
  list.entries_v4 = 1;
  list.bad_lines = 2;
  lists.lists = {list};
  expect_fault("lists", CheckState::warning, "List bots: 2 lines cannot be read, beside 1 entries");
  lists.lists.front().entries_v4 = 1000;
  ASSERT_EQ(rows("lists").size(), 1U);
  EXPECT_EQ(rows("lists").front().state, CheckState::ok);
  EXPECT_THAT(rows("lists").front().text, HasSubstr("but for 2 lines that cannot be read"));
}

TEST_F(CheckupTest, FilesThatTheConfigurationNames) {
  EXPECT_THAT(rows("files").front().text, HasSubstr("No file"));
  NamedFile file{"crawlers.lists", "/etc/bots.json", facts.now, "", 0, "", "", false};
  facts.files = {file};
  EXPECT_EQ(rows("files").front().state, CheckState::ok);
  facts.files[0].error = "/etc/bots.json: No such file or directory";
  expect_fault("files", CheckState::warning, "crawlers.lists: nothing of /etc/bots.json is in force: ");
  facts.files[0] = file;
  facts.files[0].gone = "/etc/bots.json: Permission denied";
  expect_fault("files", CheckState::warning,
               "is in force, but not after a restart: /etc/bots.json: Permission");
  facts.files[0] = file;
  facts.files[0].has_changed = true;
  expect_fault("files", CheckState::note, "has changed since it was read");
  facts.files[0] = file;
  facts.files[0].left_out = 3;
  facts.files[0].first_fault = "line 2: is not JSON";
  expect_fault("files", CheckState::warning, "3 entries of /etc/bots.json cannot be read, the first: line 2");
}

TEST_F(CheckupTest, ProxiesWithoutRoom) {
  facts.protected_without_allow = 1820;
  expect_fault("proxies", CheckState::warning,
               "1820 trusted proxies and other protected networks have no allow");
}

detection::Request request(std::string_view client, std::string_view agent) {
  detection::Request made;
  made.client = *Address::parse(client);
  made.user_agent = agent;
  return made;
}

TEST(UndeclaredProxyDetector, NamesWhoSendsTheBrowsersOfMany) {
  UndeclaredProxyDetector hint;
  std::vector<std::string> agents;
  for (int i = 0; i < 60; ++i)
    agents.push_back("Browser/" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) {
    hint.note(request("192.0.2.9", agents[static_cast<std::size_t>(i) % 60]));
    if (i % 4 == 0) hint.note(request("198.51.100." + std::to_string(i % 250), agents[3]));
  }
  const auto suspect = hint.suspect();
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->address, "192.0.2.9");
  EXPECT_NEAR(suspect->share, 0.8, 0.01);
  EXPECT_GT(suspect->agents, 30);
}

TEST(UndeclaredProxyDetector, IsSilentOnAScraperAnOfficeAndACrowd) {
  UndeclaredProxyDetector scraper;
  for (int i = 0; i < 5000; ++i)
    scraper.note(request("192.0.2.9", "curl/8"));
  EXPECT_FALSE(scraper.suspect());
  UndeclaredProxyDetector crowd;
  for (int i = 0; i < 5000; ++i)
    crowd.note(request("198.51." + std::to_string(i % 200) + "." + std::to_string(i % 250),
                       "Browser/" + std::to_string(i % 40)));
  EXPECT_FALSE(crowd.suspect());
  UndeclaredProxyDetector known;
  for (int i = 0; i < 5000; ++i) {
    auto made = request("192.0.2.9", "Browser");
    made.forwarded = true;
    known.note(made);
  }
  EXPECT_FALSE(known.suspect());
}

KernelTime second(std::uint64_t seconds) {
  return {seconds * 1'000'000'000};
}

TEST(LogGapMonitor, IsPacketsWithoutLines) {
  LogGapMonitor silence;
  silence.look(10, 5, second(0));
  silence.look(5000, 5, second(200));
  EXPECT_FALSE(silence.suspicious()) << "not for long enough";
  silence.look(5000, 5, second(400));
  const auto since = silence.suspicious();
  ASSERT_TRUE(since);
  EXPECT_EQ(since->packets, 4990U);
  EXPECT_EQ(since->seconds, Seconds(400));
  silence.look(6000, 6, second(410));
  EXPECT_FALSE(silence.suspicious()) << "a line came";
  silence.look(6100, 6, second(10'000));
  EXPECT_FALSE(silence.suspicious()) << "a quiet night";
  silence.look(0, 6, second(20'000));
  EXPECT_FALSE(silence.suspicious()) << "the filter was attached anew";
}

}  // namespace
}  // namespace sluice::app
