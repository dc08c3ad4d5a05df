// SPDX-License-Identifier: Apache-2.0
#include "ctl/top.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/values.h"
#include "tests/unit/ctl/now.h"

namespace sluice::ctl {
namespace {

using control::EventKind;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

control::StatusAnswer status(std::uint64_t packets) {
  control::StatusAnswer answer;
  answer.version = "1.2.3";
  answer.mode = control::Mode::enforce;
  answer.uptime_seconds = 3600;
  answer.blocks = 2;
  answer.counters = {{"drop_decision", packets, packets * 100}, {"pass_default", 0, 0}};
  return answer;
}

control::Event event(EventKind kind, const std::string& source, double score, const std::string& text) {
  control::Event made;
  made.time = kNow - Seconds(5);
  made.event = kind;
  made.source = control::prefix(source);
  made.score = score;
  made.reason = text;
  made.text = source + " " + text;
  return made;
}

TEST(TopBoard, ShowsRatesSourcesAndDecisions) {
  TopBoard board;
  control::ListsAnswer lists;
  lists.lists.emplace_back();
  lists.lists.front().name = "bots";
  lists.lists.front().state = control::ListState::in_force;
  board.see(status(100), lists, KernelTime{1'000'000'000});
  lists.lists.front().packets = 50;
  board.see(status(1100), lists, KernelTime{3'000'000'000});
  board.see(event(EventKind::finding, "192.0.2.7", 3.5, "read much"));
  board.see(event(EventKind::finding, "192.0.2.8", 5.5, "read all"));
  board.see(event(EventKind::decision, "192.0.2.9", 6.5, "blocked"));
  const std::string text = board.text(120, 50, Style(), kNow);
  EXPECT_THAT(text, AllOf(HasSubstr("sluiced 1.2.3, mode enforce, up 1h, 2 blocks"),
                          HasSubstr("drop_decision        500"), HasSubstr("bots"),
                          Not(HasSubstr("pass_default")), HasSubstr("192.0.2.9 blocked")));
  EXPECT_LT(text.find("192.0.2.9"), text.find("192.0.2.8"));
  EXPECT_LT(text.find("192.0.2.8"), text.find("192.0.2.7"));
}

TEST(TopBoard, SourcesThatWereDecidedAboutBeforeAreShown) {
  TopBoard board;
  board.see(status(100), {}, KernelTime{1'000'000'000});
  control::DecisionRow row;
  row.source = control::prefix("192.0.2.7");
  row.score = 7.5;
  row.reason = "read all";
  row.since = kNow - Seconds(60);
  control::DecisionRow own = row;
  own.source = control::prefix("192.0.2.8");
  own.score = 0;  // an operator's
  board.see(std::vector{row, own});
  EXPECT_THAT(board.text(120, 50, Style(), kNow), AllOf(HasSubstr("192.0.2.7"), HasSubstr("7.5"),
                                                        HasSubstr("read all"), Not(HasSubstr("192.0.2.8"))));
  board.see(event(EventKind::finding, "192.0.2.7", 9.5, "read more"));
  board.see(std::vector{row});
  EXPECT_THAT(board.text(120, 50, Style(), kNow), HasSubstr("9.5")) << "what was found since counts more";
}

TEST(TopBoard, ShowsWhatIsWrongFirst) {
  TopBoard board;
  control::StatusAnswer sick = status(0);
  sick.checks = {{"filter", control::CheckState::critical, "eth0 is not filtered.", "Attach."},
                 {"mode", control::CheckState::note, "a note", "x"}};
  board.see(sick, {}, KernelTime{1});
  board.lose("nobody answers");
  const std::string text = board.text(80, 24, Style(), kNow);
  EXPECT_TRUE(text.starts_with("nobody answers\nsluiced 1.2.3"));
  EXPECT_THAT(text, AllOf(HasSubstr("critical: eth0 is not filtered. Attach."), Not(HasSubstr("a note"))));
}

TEST(TopBoard, ShowsHowMuchOfTheSiteTheRoutesCover) {
  TopBoard board;
  control::StatusAnswer some = status(0);
  board.see(some, {}, KernelTime{1});
  EXPECT_THAT(board.text(80, 24, Style(), kNow), Not(HasSubstr("Site:")));
  some.pages_of_routes = 900;
  some.pages_of_no_route = 300;
  board.see(some, {}, KernelTime{2});
  EXPECT_THAT(board.text(80, 24, Style(), kNow), HasSubstr("\nSite: 75 % of 1,200 pages are of a route\n"));
  some.uncovered_shapes = {{"/u/{name}\x1b[2J", 200, 100, true, "given names"},
                           {"/thing/{number}", 90, 50, false, ""}};
  board.see(some, {}, KernelTime{3});
  EXPECT_THAT(
      board.text(120, 24, Style(), kNow),
      HasSubstr("\nSite: 75 % of 1,200 pages are of a route; without one: /u/{name}\\x1b[2J, 200 requests, "
                "looks like people\n"));
}

TEST(TopBoard, FitsTheScreenWhateverStrangersSend) {
  TopBoard board;
  board.see(status(7), {}, KernelTime{1});
  for (int i = 0; i < 2000; ++i)
    board.see(event(i % 2 == 0 ? EventKind::finding : EventKind::decision,
                    "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256), i,
                    std::string(3000, 'x') + "\x1b[2J\n" + std::to_string(i)));
  const std::string text = board.text(80, 24, Style(), kNow);
  EXPECT_LE(std::ranges::count(text, '\n'), 24);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 80U);
    begin = end + 1;
  }
}

TEST(TopBoard, ForgetsASourceWhoseDecisionEnded) {
  TopBoard board;
  board.see(status(7), {}, KernelTime{1});
  board.see(event(EventKind::decision, "192.0.2.9", 6.5, "blocked"));
  board.see(event(EventKind::ended, "192.0.2.9", 6.5, "no longer blocked"));
  const std::string text = board.text(80, 24, Style(), kNow);
  EXPECT_THAT(text, AllOf(HasSubstr("no longer blocked"), Not(HasSubstr("Sources by score"))));
}

}  // namespace
}  // namespace sluice::ctl
