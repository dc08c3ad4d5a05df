// SPDX-License-Identifier: Apache-2.0
// What each command shows, against the text itself.
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "ctl/daemon.h"
#include "ctl/decide.h"
#include "ctl/decisions.h"
#include "ctl/explain.h"
#include "ctl/lists.h"
#include "ctl/watch.h"
#include "tests/unit/control/values.h"
#include "tests/unit/ctl/now.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::actor;
using control::address;
using control::DecisionRow;
using control::ExplainAnswer;
using control::Mode;
using control::prefix;
using control::Verdict;
using testing::HasSubstr;
using testing::Not;

class Text : public testing::Test {
 protected:
  Text() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
  Style plain_;
};

DecisionRow block_row() {
  return {prefix("192.0.2.7"),
          Action::block,
          true,
          kNow - Seconds(120),
          kNow + Seconds(3480),
          "score 7.5: breadth, page_rate",
          actor("detector"),
          7.5,
          0,
          0,
          1234,
          98765};
}

TEST_F(Text, Decide) {
  const control::DecideAnswer answer{{
      {prefix("192.0.2.7"), control::Outcome::added, true, "", kNow + Seconds(14400)},
      {prefix("2001:db8::/64"), control::Outcome::replaced, true, "2001:db8::1 stands for its /64", kForever},
      {prefix("192.0.2.8"), control::Outcome::kept, false,
       "operator bob has blocked it until 2027-02-01T00:00:00Z", kNow},
      {prefix("192.0.2.9"), control::Outcome::overruled, false,
       "198.51.100.0/24 is allowed by list management", kNow},
      {prefix("127.0.0.1"), control::Outcome::refused, false, "it is this host's own address", std::nullopt},
  }};
  EXPECT_EQ(
      decide_text(answer, Action::block, plain_, kNow),
      "192.0.2.7: blocked until 2027-01-15 12:00:00 (in 4h)\n"
      "2001:db8::/64: blocked without end, in place of an earlier decision: 2001:db8::1 stands for its /64\n"
      "192.0.2.8: unchanged: operator bob has blocked it until 2027-02-01T00:00:00Z\n"
      "192.0.2.9: recorded, but NOT in effect: 198.51.100.0/24 is allowed by list management\n"
      "127.0.0.1: refused: it is this host's own address\n"
      "2 blocked, 1 unchanged, 1 recorded without effect, 1 refused\n");
}

TEST_F(Text, NothingIsCalledBlockedThatDropsNoPackets) {
  for (const control::Outcome outcome :
       {control::Outcome::added, control::Outcome::replaced, control::Outcome::kept,
        control::Outcome::overruled, control::Outcome::refused, control::Outcome::unset}) {
    const control::DecideAnswer answer{{{prefix("192.0.2.7"), outcome, false, "the mode is observe", kNow}}};
    EXPECT_THAT(decide_text(answer, Action::block, plain_, kNow), Not(HasSubstr("blocked")))
        << to_text(outcome);
  }
}

TEST_F(Text, OneAddressNeedsNoSum) {
  const control::DecideAnswer answer{{{prefix("192.0.2.7"), control::Outcome::added, true, "", kForever}}};
  EXPECT_EQ(decide_text(answer, Action::allow, plain_, kNow), "192.0.2.7: allowed without end\n");
}

TEST_F(Text, Unblock) {
  const control::UnblockAnswer answer{{
                                          {prefix("192.0.2.7"),
                                           {"block by detector"},
                                           {"blocked by 192.0.2.0/24, operator alice, until never"},
                                           ""},
                                          {prefix("192.0.2.8"), {}, {}, "no decision stood for it"},
                                      },
                                      1};
  EXPECT_EQ(unblock_text(answer, plain_),
            "192.0.2.7: ended: block by detector\n"
            "  still blocked by 192.0.2.0/24, operator alice, until never\n"
            "192.0.2.8: nothing ended: no decision stood for it\n"
            "1 ended\n");
}

TEST_F(Text, Lists) {
  control::ListsAnswer answer;
  EXPECT_EQ(lists_text(answer, Style(), kNow), "No list is configured.\n");
  control::ListStatus& drop = answer.lists.emplace_back();
  drop.name = "drop";
  drop.action = control::ListAction::block;
  drop.source = "https://example.org/drop";
  drop.state = control::ListState::in_force;
  drop.entries_v4 = 1'000'000;
  drop.redundant = 12;
  drop.checked = kNow - Seconds(7200);
  drop.next = kNow + Seconds(60);
  drop.failure = "the server answers with status 503";
  drop.failures = 2;
  drop.not_for_packets = {{"scope AS", 1}, {"type captcha", 2}};
  drop.spared = 3;
  drop.packets = 7;
  drop.bytes = 420;
  control::ListStatus& gone = answer.lists.emplace_back();
  gone.name = "gone";
  gone.action = control::ListAction::verify_crawler;
  gone.source = "/x";
  gone.state = control::StateOrFault<control::ListState>::fault("/x: No such file or directory");
  gone.verified = 1;
  gone.contradicted = 1200;
  answer.memory = {999'988, 0, 17U << 20U, 32U << 20U};
  EXPECT_EQ(lists_text(answer, Style(), kNow),
            "NAME  ACTION               IPV4  IPV6  REDUNDANT  BAD LINES   AS OF  "
            " NEXT  PACKETS  BYTES  STATE                          SOURCE\n"
            "drop  block           1,000,000     0         12          0  2h ago  in 1m     "
            "   7  420 B  in force                       https://example.org/drop\n"
            "gone  verify_crawler          0     0          0          0   "
            "never      -        -      -  /x: No such file or directory  /x\n"
            "drop: the server answers with status 503 (2 failures)\n"
            "drop: 1 decision of scope AS not taken\n"
            "drop: 2 decisions of type captcha not taken\n"
            "drop: 3 entries left out, or cut: private networks are never denied by a list\n"
            "gone: 1 request of its crawlers, 1,200 by who only said so\n"
            "999,988 IPv4 and 0 IPv6 entries are compiled, 17.0 MiB of 32.0 MiB in use.\n");
}

TEST_F(Text, RefreshedLists) {
  const control::RefreshAnswer answer{
      {{"a", control::RefreshOutcome::updated, "", 1200},
       {"b", control::RefreshOutcome::kept, "it has 3 entries where it had 100", 100},
       {"c", control::RefreshOutcome::failed, "no network", 0}}};
  EXPECT_EQ(refresh_text(answer, plain_),
            "a: updated, 1,200 entries\n"
            "b: keeps the last good content, 100 entries: it has 3 entries where it had 100\n"
            "c: failed: no network\n");
}

TEST_F(Text, TestedLists) {
  const control::TestListsAnswer answer{
      {{prefix("192.0.2.1"),
        {{"a", control::ListAction::block, prefix("192.0.2.0/24"), false, "", {}},
         {"b", control::ListAction::block, prefix("192.0.2.1"), true,
          "CrowdSec's decision 7, ban of 192.0.2.1, for x (origin y)", kNow}}},
       {prefix("192.0.2.9"), {}}}};
  EXPECT_EQ(test_text(answer, plain_),
            "192.0.2.1: a (block) has 192.0.2.0/24\n"
            "192.0.2.1: b (block) has 192.0.2.1; it counts for packets, where no decision does\n"
            "  CrowdSec's decision 7, ban of 192.0.2.1, for x (origin y), until " +
                format_time(kNow) +
                "\n"
                "192.0.2.9: in no list\n");
}

TEST_F(Text, Decisions) {
  DecisionRow throttle = block_row();
  throttle.source = prefix("2001:db8:1::/64");
  throttle.action = Action::throttle;
  throttle.armed = false;
  throttle.rate = 10;
  throttle.burst = 30;
  throttle.reason = "odd\nname";
  DecisionRow allow{prefix("198.51.100.0/24"),
                    Action::allow,
                    true,
                    kNow,
                    kForever,
                    "office",
                    actor("operator alice"),
                    0,
                    0,
                    0,
                    0,
                    0};
  EXPECT_EQ(decisions_text({block_row(), throttle, allow}, plain_, kNow),
            "SOURCE           ACTION                                 "
            "    SINCE   UNTIL  WHO             PACKETS  WHY\n"
            "192.0.2.7        block                                     2m ago  in 58m  detector          "
            "1,234  score 7.5: breadth, page_rate\n"
            "2001:db8:1::/64  throttle 10/s (burst 30) (not in effect)  "
            "2m ago  in 58m  detector          1,234  odd\\x0aname\n"
            "198.51.100.0/24  allow                                   "
            "     now   never  operator alice        0  office\n");
  EXPECT_EQ(decisions_text({}, plain_, kNow), "No decision in force.\n");
}

TEST_F(Text, ExplainOfABlock) {
  ExplainAnswer answer;
  answer.address = prefix("192.0.2.7");
  answer.source = prefix("192.0.2.7");
  answer.mode = Mode::enforce;
  answer.verdict = Verdict::drop;
  answer.throttle_score = 4.5;
  answer.block_score = 6;
  answer.in_force = {{block_row(),
                      {{"breadth",
                        "reach",
                        5.5,
                        5.5,
                        "read 310 people in an hour",
                        {{"subjects_per_hour", 310}, {"limit", 120}}},
                       {"page_rate", "pace", 2, 2, "62 pages a minute", {}},
                       {"volume", "pace", 1.5, 0, "40 MB in an hour", {}}},
                      320,
                      315,
                      310}};
  answer.known = control::SourceDetail{kNow - Seconds(600),
                                       kNow - Seconds(120),
                                       320,
                                       315,
                                       310,
                                       0,
                                       "Mozilla/5.0\x1b (Acme)",
                                       "browser",
                                       "AS64500 Example Ltd",
                                       "t13d1516h2_8daaf6152771_02713d6af862",
                                       "says it is acmebot; nothing is known to verify that by",
                                       "",
                                       5.5,
                                       {{"breadth", "reach", 5.5, 5.5, "read 310 people in an hour", {}}}};
  answer.what_would_change = {"It ends by itself at 2027-01-15T08:58:00Z.",
                              "`sluicectl unblock 192.0.2.7` ends it now."};
  EXPECT_EQ(explain_text(answer, plain_, kNow),
            "192.0.2.7 is blocked: its packets are dropped.\n"
            "\n"
            "Block of 192.0.2.7 by detector\n"
            "  since 2027-01-15 07:58:00 (2m ago)\n"
            "  until 2027-01-15 08:58:00 (in 58m)\n"
            "  because score 7.5: breadth, page_rate\n"
            "  The signals at that time, together 7.5:\n"
            "    +5.5  breadth    read 310 people in an hour (subjects_per_hour 310, limit 120)\n"
            "    +2    page_rate  62 pages a minute\n"
            "    +0    volume     40 MB in an hour [weighs 1.5; other signals of pace say it already]\n"
            "  Before it: 320 requests, of which 315 pages, with the data of 310 people.\n"
            "  It has cost 1,234 packets (96.5 KiB) so far.\n"
            "\n"
            "What it does now\n"
            "  First seen 2027-01-15 07:50:00 (10m ago), last seen 2027-01-15 07:58:00 (2m ago).\n"
            "  320 requests, 315 pages with the data of 310 people; 0 pages in the last minute.\n"
            "  It calls itself \"Mozilla/5.0\\x1b (Acme)\" (browser).\n"
            "  It belongs to AS64500 Example Ltd.\n"
            "  Its TLS fingerprint is t13d1516h2_8daaf6152771_02713d6af862.\n"
            "  It says it is acmebot; nothing is known to verify that by.\n"
            "  Its score is 5.5 (throttled from 4.5, blocked from 6):\n"
            "    +5.5  breadth  read 310 people in an hour\n"
            "\n"
            "What would change this\n"
            "  - It ends by itself at 2027-01-15T08:58:00Z.\n"
            "  - `sluicectl unblock 192.0.2.7` ends it now.\n");
}

TEST_F(Text, ExplainOfAVerifiedCrawler) {
  ExplainAnswer answer;
  answer.address = answer.source = prefix("203.0.113.9");
  answer.verdict = Verdict::pass;
  answer.known.emplace();
  answer.known->agent_class = "empty";
  answer.known->exempt = "a verified crawler: it is acmebot";
  const std::string text = explain_text(answer, plain_, kNow);
  EXPECT_THAT(text, testing::HasSubstr("  It calls itself nothing (empty).\n"
                                       "  It is left alone: a verified crawler: it is acmebot.\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("Its score")));
}

TEST_F(Text, ExplainOfNothing) {
  ExplainAnswer answer;
  answer.address = prefix("2001:db8::1");
  answer.source = prefix("2001:db8::/64");
  answer.mode = Mode::enforce;
  answer.verdict = Verdict::pass;
  EXPECT_EQ(explain_text(answer, plain_, kNow),
            "2001:db8::1 passes: no decision is in force for it.\n"
            "\n"
            "What it does now, held against 2001:db8::/64\n"
            "  It has not been seen in the access logs, or it has been forgotten since.\n");
}

TEST_F(Text, ExplainInObserveModeDoesNotCallItBlocked) {
  ExplainAnswer answer;
  answer.address = answer.source = prefix("192.0.2.7");
  answer.mode = Mode::observe;
  answer.verdict = Verdict::pass;
  answer.in_force = {{block_row(), {}, 0, 0, 0}};
  answer.in_force[0].decision.armed = false;
  const std::string text = explain_text(answer, plain_, kNow);
  EXPECT_THAT(text, HasSubstr("192.0.2.7 passes: no decision for it is in effect, as the mode is observe."));
  EXPECT_THAT(text, HasSubstr("Block of 192.0.2.7 by detector, NOT in effect"));
  EXPECT_THAT(text, HasSubstr("It is not in effect and costs no packets now."));
}

TEST_F(Text, ExplainOfAnAllowAndAThrottle) {
  ExplainAnswer answer;
  answer.address = answer.source = prefix("192.0.2.7");
  answer.verdict = Verdict::pass;
  answer.in_force = {{{prefix("192.0.2.0/24"), Action::allow, true, kNow, kForever, "",
                       actor("list protected"), 0, 0, 0, 1, 60},
                      {},
                      0,
                      0,
                      0}};
  const std::string allowed = explain_text(answer, plain_, kNow);
  EXPECT_THAT(allowed, HasSubstr("192.0.2.7 is allowed: its packets pass whatever else is decided."));
  EXPECT_THAT(allowed,
              HasSubstr("Allow of 192.0.2.0/24 by list protected\n  since 2027-01-15 08:00:00 (now)\n"
                        "  without end\n  It has let through 1 packet (60 B).\n"));
  answer.verdict = Verdict::throttle;
  answer.in_force[0].decision = block_row();
  answer.in_force[0].decision.action = Action::throttle;
  answer.in_force[0].decision.rate = 1;
  answer.in_force[0].decision.burst = 5;
  answer.in_force[0].decision.packets = 0;
  const std::string throttled = explain_text(answer, plain_, kNow);
  EXPECT_THAT(throttled, HasSubstr("192.0.2.7 is throttled: its packets beyond the rate are dropped."));
  EXPECT_THAT(throttled, HasSubstr("Throttle to 1 packet a second (burst 5) of 192.0.2.7 by detector"));
  EXPECT_THAT(throttled, HasSubstr("It has cost no packet yet."));
}

TEST_F(Text, StatusNamesTheUrlsThatHaveNoRoute) {
  control::StatusAnswer answer;
  answer.pages_of_routes = 1204;
  answer.pages_of_no_route = 300;
  answer.uncovered_shapes = {{"/u/{name}", 1200, 800, true, "18 of 20 values have a given name"},
                             {"/\x1b[2J?page={number}", 12, 0, false, ""}};
  EXPECT_THAT(
      status_text(answer, plain_, kNow),
      HasSubstr("Site\n"
                "  1,204 pages of routes, 300 of none\n"
                "  URLS OF NO ROUTE        REQUESTS  VALUES  PEOPLE    WHY\n"
                "  /u/{name}                  1,200     800  likely    18 of 20 values have a given name\n"
                "  /\\x1b[2J?page={number}        12       -  unlikely\n"));
}

TEST_F(Text, Status) {
  control::StatusAnswer answer;
  answer.version = "0.1.0";
  answer.mode = Mode::observe;
  answer.uptime_seconds = 3 * 86400 + 4 * 3600;
  answer.interfaces = {{"eth0", control::XdpMode::native, control::Placement::dispatcher, 42},
                       {"eth1", control::XdpMode::not_attached, control::Placement::unset, 0}};
  answer.scope = control::Scope::ports;
  answer.ports = {80, 443};
  answer.counters = {
      {"pass_default", 1'000'000, 64'000'000}, {"pass_not_ip", 0, 0}, {"drop_decision", 12, 720}};
  answer.losses = {{"reports_delayed", "activity reports lost: the ring buffer was full", 3},
                   {"packets_uncounted", "entries that could not be made", 0}};
  answer.resets = 1;
  answer.hellos = 2000;
  answer.blocks = 2;
  answer.throttles = 1;
  answer.allows = 9;
  answer.decisions_capacity = 100'000;
  answer.allows_capacity = 4096;
  answer.refused_full = 1;
  answer.sources = 1500;
  answer.sources_capacity = 200'000;
  answer.sources_forgotten = 7;
  answer.logs = {
      {"/var/log/nginx/access.log", control::LogState::following, 1000, 990, 10, kNow - Seconds(3), 2048},
      {"/srv/b.log", control::LogState::waiting, 0, 0, 0, std::nullopt, 0}};
  answer.store = control::StoreState::ok;
  answer.control = {2, 1, 0, 4, 0, 0, 0};
  answer.rss_bytes = 30 * 1024 * 1024;
  answer.warnings = {"The mode is observe: nothing is dropped."};
  EXPECT_EQ(
      status_text(answer, plain_, kNow),
      "sluiced 0.1.0, mode observe, up 3d4h\n"
      "warning: The mode is observe: nothing is dropped.\n"
      "\n"
      "Filter\n"
      "  eth0   native, dispatcher, program 42\n"
      "  eth1   not attached\n"
      "  scope  TCP and UDP to 80 443\n"
      "  pass_default   1,000,000 packets  61.0 MiB\n"
      "  drop_decision         12 packets     720 B\n"
      "  1 blocked connection attempt answered with a reset\n"
      "  2,000 TLS hellos read\n"
      "  3  activity reports lost: the ring buffer was full\n"
      "\n"
      "Decisions\n"
      "  2 blocks, 1 throttle (room for 100,000 of each family); 9 allows (room for 4,096)\n"
      "  1 decision refused: a table was full\n"
      "  1,500 sources remembered (room for 200,000), 7 forgotten\n"
      "  store: ok\n"
      "\n"
      "Site\n"
      "  0 pages of routes, 0 of none\n"
      "\n"
      "Access logs\n"
      "  PATH                       STATE                 LINES  REQUESTS  UNREADABLE  LAST LINE   BEHIND\n"
      "  /var/log/nginx/access.log  following             1,000       990          10     3s ago  2.0 KiB\n"
      "  /srv/b.log                 waiting for the file      0         0           0   none yet      0 B\n"
      "\n"
      "Process\n"
      "  memory: 30.0 MiB\n"
      "  control socket: 2 connections, 1 watching, 4 refused for lack of rights\n");
}

TEST_F(Text, Frames) {
  control::Frame frame{
      kNow, 0,  "eth0", "drop_decision", address("192.0.2.7"), address("198.51.100.1"), 6, 40000,
      443,  74, "00"};
  EXPECT_EQ(
      frame_text(frame, plain_),
      "2027-01-15 08:00:00  packet  drop_decision, 192.0.2.7:40000 to 198.51.100.1:443, 74 bytes, eth0");
  frame.source = address("2001:db8::1");
  frame.destination = address("2001:db8::2");
  frame.destination_port.reset();
  EXPECT_THAT(frame_text(frame, plain_), HasSubstr("[2001:db8::1]:40000 to 2001:db8::2, 74 bytes"));
  frame.source = {};
  EXPECT_THAT(frame_text(frame, plain_), HasSubstr("a frame without a whole IP header, 74 bytes"));
}

TEST_F(Text, Events) {
  control::Event event{kNow,
                       control::EventKind::decision,
                       prefix("192.0.2.7"),
                       Action::block,
                       true,
                       kForever,
                       actor("detector"),
                       "why",
                       7.5,
                       "192.0.2.7 blocked for 1h"};
  EXPECT_EQ(event_text(event, plain_), "2027-01-15 08:00:00  decision  192.0.2.7 blocked for 1h");
  event.armed = false;
  event.text = "192.0.2.7 would have been\x1b[2J held";
  EXPECT_EQ(event_text(event, plain_),
            "2027-01-15 08:00:00  decision (not in effect)  192.0.2.7 would have been\\x1b[2J held");
}

}  // namespace
}  // namespace sluice::ctl
