// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/intake.h"

#include <algorithm>
#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kRestOfLine =
    R"( - - [24/Nov/2026:08:07:24 +0200] "GET /people/1 HTTP/1.1" 200 1 "-" "-")";

// What the process logs while it lives.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_)));
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST(LogIntake, TurnsLinesIntoRequestsAndCountsTheRest) {
  const CapturedLog log;
  const LogFolder folder;
  boost::asio::io_context loop(1);
  std::vector<std::string> clients;
  auto intake = LogIntake::start(
      loop.get_executor(), {.path = folder / "access.log"}, nullptr, Start::end, {},
      [&](const detection::Request& request) { clients.push_back(request.client.to_string()); });
  ASSERT_TRUE(intake);
  EXPECT_FALSE(intake->is_open());
  folder.append("access.log", "192.0.2.1" + std::string(kRestOfLine) + "\n\x1b[31mnonsense\\\n\nhost" +
                                  std::string(kRestOfLine) + "\n2001:db8::1" + std::string(kRestOfLine) +
                                  "\n" + std::string(70000, 'x') + "\n");
  loop.poll();
  EXPECT_THAT(clients, ElementsAre("192.0.2.1", "2001:db8::1"));
  const LineCounters& lines = intake->lines();
  EXPECT_EQ(lines.lines, 6U);
  EXPECT_EQ(lines.requests, 2U);
  EXPECT_EQ(lines.unreadable(), 4U);
  EXPECT_EQ(lines.faults[static_cast<std::size_t>(ParseFault::empty)], 1U);
  EXPECT_EQ(lines.faults[static_cast<std::size_t>(ParseFault::bad_client)], 1U);
  EXPECT_EQ(lines.faults[static_cast<std::size_t>(ParseFault::no_request)], 2U);
  EXPECT_EQ(lines.recent, 6U);
  EXPECT_EQ(lines.recent_unreadable, 4U);
  EXPECT_TRUE(intake->is_open());
  EXPECT_EQ(intake->name(), folder / "access.log");
  EXPECT_EQ(intake->positions().at(folder / "access.log").offset,
            std::filesystem::file_size(folder / "access.log"));
  // One line a minute is shown, and nothing of it reaches a terminal raw.
  EXPECT_THAT(
      log.text(),
      HasSubstr(R"(unreadable line (no_request; 0 more since the last one shown): \x1B[31mnonsense\x5C)"));
  EXPECT_THAT(log.text(), Not(HasSubstr("bad_client")));
}

TEST(LogIntake, SaysWhatTheLinesStandIn) {
  const CapturedLog log;
  const LogFolder folder;
  boost::asio::io_context loop(1);
  int requests = 0;
  const LogOptions options{.path = folder / "access.log", .format = formats::kCommon};
  auto intake = LogIntake::start(loop.get_executor(), options, nullptr, Start::end, {},
                                 [&](const detection::Request&) { ++requests; });
  ASSERT_TRUE(intake);
  for (int i = 0; i < 3; ++i) {
    folder.append("access.log",
                  "2026-11-30T11:00:00.1Z stdout P 192.0.2.1\n2026-11-30T11:00:00.1Z stdout F " +
                      std::string(kRestOfLine) + "\n");
  }
  loop.poll();
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(intake->lines().lines, 3U);
  EXPECT_THAT(log.text(), HasSubstr("access.log: the lines stand in an envelope, which is taken off: cri"));
  EXPECT_THAT(log.text(), Not(HasSubstr("unreadable")));
}

TEST(LogIntake, GoesOnFromItsPosition) {
  const LogFolder folder;
  boost::asio::io_context loop(1);
  int requests = 0;
  const auto count = [&](const detection::Request&) { ++requests; };
  const LogOptions options{.path = folder / "access.log", .format = formats::kCommon};
  folder.append("access.log", "192.0.2.1" + std::string(kRestOfLine) + "\n");
  Positions left;
  {
    auto intake = LogIntake::start(loop.get_executor(), options, nullptr, Start::beginning, {}, count);
    ASSERT_TRUE(intake);
    loop.poll();
    left = intake->positions();
  }
  EXPECT_EQ(requests, 1);
  folder.append("access.log", "192.0.2.1" + std::string(kRestOfLine) + "\n");
  auto intake = LogIntake::start(loop.get_executor(), options, nullptr, Start::beginning, left, count);
  ASSERT_TRUE(intake);
  loop.restart();
  loop.poll();
  EXPECT_EQ(requests, 2);
}

TEST(EscapeForLog, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(escape_for_log("plain \"text\""), "plain \"text\"");
  EXPECT_EQ(escape_for_log(std::string("\0\n\x7f\x80\\", 5)), R"(\x00\x0A\x7F\x80\x5C)");
  EXPECT_EQ(escape_for_log(std::string(200, 'a')), std::string(200, 'a'));
  EXPECT_EQ(escape_for_log(std::string(201, 'a')), std::string(200, 'a') + "...");
}

TEST(LineCounters, TheLastLinesOutweighAMillionBefore) {
  LineCounters lines;
  for (int i = 0; i < 1'000'000; ++i)
    lines.note_recent(true);
  for (int i = 0; i < 2'000; ++i)
    lines.note_recent(false);
  EXPECT_LE(lines.recent, LineCounters::kRecentLines);
  EXPECT_GT(lines.recent_unreadable, lines.recent * 3 / 4);
}

TEST(Faults, HaveNamesOfTheirOwn) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kParseFaults; ++i)
    names.push_back(to_string(static_cast<ParseFault>(i)));
  EXPECT_EQ(names.front(), "empty");
  EXPECT_EQ(to_string(ParseFault::bad_bytes), "bad_bytes");
  EXPECT_EQ(names.back(), "mismatch");
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace sluice::intake
