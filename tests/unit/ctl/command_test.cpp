// SPDX-License-Identifier: Apache-2.0
// The binary as an operator runs it, against a real server on a real socket.
#include "tests/unit/ctl/command.h"

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <spawn.h>
#include <sys/wait.h>

#include "ctl/pcapng.h"
#include "daemon/base/unique_fd.h"
#include "tests/unit/control/running_server.h"
#include "tests/unit/control/values.h"

namespace sluice::ctl {
namespace {

using namespace std::chrono_literals;
using control::MemoryOperations;
using control::RunningServer;
using control::Server;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(Command, BlockAsksTheDaemonAndSaysWhatCameOfIt) {
  const Outcome outcome = run({"block", "192.0.2.7", "2001:db8::/48", "--for", "4h", "--reason", "scraping"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(lines(outcome.out),
              ElementsAre(StartsWith("192.0.2.7: blocked until 2027-01-15 12:00:00 ("),
                          StartsWith("2001:db8::/48: blocked until 2027-01-15 12:00:00 ("), "2 blocked"));
  const auto row = server_.on_loop(
      [](Server&, MemoryOperations& operations) { return operations.decisions.at("2001:db8::/48"); });
  EXPECT_EQ(row.reason, "scraping");
  EXPECT_EQ(row.until - row.since, 4h);
}

TEST_F(Command, ThrottleHandsItsRateOn) {
  EXPECT_EQ(run({"throttle", "192.0.2.7", "--rate", "5", "--burst", "20"}).code, 0);
  const auto row = server_.on_loop(
      [](Server&, MemoryOperations& operations) { return operations.decisions.at("192.0.2.7"); });
  EXPECT_EQ(row.action, control::Action::throttle);
  EXPECT_EQ(row.rate, 5);
  EXPECT_EQ(row.burst, 20);
}

TEST_F(Command, ARefusedAddressFailsTheCommandAndNotTheOthers) {
  const Outcome outcome = run({"block", "192.0.2.7", "127.0.0.1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("192.0.2.7: blocked without end\n"));
  EXPECT_THAT(outcome.out, HasSubstr("127.0.0.1: refused: it is this host's own address\n"));
  EXPECT_THAT(outcome.out, HasSubstr("1 blocked, 1 refused\n"));
}

TEST_F(Command, InObserveModeNothingIsCalledBlocked) {
  server_.on_loop([](Server&, MemoryOperations& operations) { operations.mode = control::Mode::observe; });
  const Outcome outcome = run({"block", "192.0.2.7"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "192.0.2.7: refused: the mode is observe: nothing is armed\n");
}

TEST_F(Command, UnblockSaysWhatEnded) {
  ASSERT_EQ(run({"block", "192.0.2.7"}).code, 0);
  const Outcome ended = run({"unblock", "192.0.2.7"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, StartsWith("192.0.2.7: ended: block by operator "));
  const Outcome nothing = run({"unblock", "192.0.2.7"});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_EQ(nothing.out, "192.0.2.7: nothing ended: no decision stood for it\n");
}

TEST_F(Command, UnblockAndDisallowEndEachTheirOwn) {
  ASSERT_EQ(run({"allow", "192.0.2.7"}).code, 0);
  EXPECT_EQ(run({"unblock", "192.0.2.7"}).code, 1);
  EXPECT_THAT(run({"disallow", "192.0.2.7", "--reason", "moved"}).out,
              StartsWith("192.0.2.7: ended: allow by operator "));
}

TEST_F(Command, UnblockWithoutAddressesNeedsAll) {
  const Outcome outcome = run({"unblock"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("name the addresses, or --all"));
  EXPECT_EQ(run({"unblock", "--all"}).code, 0);
  EXPECT_EQ(run({"disallow", "--all"}).code, 2);
}

// Standard input of a test is no terminal: nobody can be asked.
TEST_F(Command, AWideNetworkIsAskedAbout) {
  for (const char* wide : {"10.0.0.0/8", "2001::/16"}) {
    const Outcome outcome = run({"block", wide});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(std::string("block ") + wide));
    EXPECT_THAT(outcome.err, HasSubstr("--yes"));
  }
  EXPECT_THAT(calls(), IsEmpty());
  EXPECT_EQ(run({"block", "10.0.0.0/8", "--yes"}).code, 0);
  EXPECT_EQ(run({"block", "10.0.0.0/16", "2001:db8::/32"}).code, 0);
}

TEST_F(Command, EveryFaultIsNamedAndNothingIsSent) {
  const Outcome outcome = run({"throttle", "192.0.2.7", "nonsense", "-", "--for", "4x", "--rate", "0",
                               "--burst", "many", "--reason", "a\nb"},
                              "192.0.2.8\nbad\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  for (const char* fault :
       {"'nonsense' is not an IP address", "standard input, line 2: 'bad' is not an IP address",
        "--for: '4x' is not a duration", "--rate: '0' is not a whole number from 1 to 1000000",
        "--burst: 'many' is not", "--reason: holds control characters", "nothing was sent"}) {
    EXPECT_THAT(outcome.err, HasSubstr(fault));
  }
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Command, StandardInputMayBeLong) {
  std::string input = "# a list\n";
  for (int i = 0; i < 600; ++i)
    input += "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
  const Outcome outcome = run({"block", "-", "--json"}, input);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(calls().size(), 600U);
  ASSERT_EQ(lines(outcome.out).size(), 1U);
  EXPECT_EQ(boost::json::parse(outcome.out).at("results").as_array().size(), 600U);
}

TEST_F(Command, DecisionsShowsThemAllAndHandsTheFilterOn) {
  server_.on_loop([](Server&, MemoryOperations& operations) {
    for (int i = 0; i < 5000; ++i) {
      control::DecisionRow row;
      const std::string source = "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
      row.source = control::prefix(source);
      row.action = control::Action::block;
      row.reason.assign(400, 'x');
      operations.decisions[source] = row;
    }
  });
  const Outcome json =
      run({"decisions", "192.0.2.0/24", "--action", "block", "--actor", "operator alice", "--json"});
  EXPECT_EQ(json.code, 0) << json.err;
  const auto rows = lines(json.out);
  ASSERT_EQ(rows.size(), 5000U);
  for (const std::string& row : rows)
    EXPECT_EQ(boost::json::parse(row).at("action"), "block");
  EXPECT_THAT(calls(), ElementsAre("list 192.0.2.0/24,block,operator alice"));
  EXPECT_EQ(lines(run({"decisions"}).out).size(), 5001U);
}

TEST_F(Command, ListIsStillDecisions) {
  EXPECT_EQ(run({"block", "192.0.2.7"}).code, 0);
  const std::string decisions = run({"decisions", "--json"}).out;
  EXPECT_THAT(decisions, HasSubstr("192.0.2.7"));
  EXPECT_EQ(run({"list", "--json"}).out, decisions);
  const std::string help = run({"--help"}).out;
  EXPECT_THAT(help, HasSubstr("\n  decisions "));
  EXPECT_THAT(help, HasSubstr("\n  lists "));
  EXPECT_THAT(help, Not(HasSubstr("\n  list ")));
}

TEST_F(Command, WhatIsNoCommandIsAnErrorOfUsage) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"lsit"}).code, 2);
  EXPECT_EQ(run({"lists", "refersh"}).code, 2);
  EXPECT_EQ(run({"--help"}).code, 0);
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Command, AListCommandIsItsOwnAndNotThatOfAllLists) {
  EXPECT_EQ(run({"lists", "refresh", "drop", "--force"}).code, 0);
  EXPECT_THAT(calls(), ElementsAre("refresh_lists force"));
  EXPECT_EQ(run({"lists"}).code, 0);
  EXPECT_THAT(calls(), ElementsAre("refresh_lists force", "lists"));
}

TEST_F(Command, DecisionsRefusesWhatIsNoAddressNoActionAndNoActor) {
  EXPECT_EQ(run({"decisions", "people"}).code, 2);
  EXPECT_EQ(run({"decisions", "--action", "drop"}).code, 2);
  EXPECT_EQ(run({"decisions", "--actor", "alice"}).code, 2);
  EXPECT_EQ(run({"explain", "people"}).code, 2);
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Command, ExplainAndStatusSpeakBothWays) {
  server_.on_loop([](Server&, MemoryOperations& operations) {
    operations.explain_answer.address = control::prefix("192.0.2.7");
    operations.explain_answer.source = control::prefix("192.0.2.7");
    operations.explain_answer.verdict = control::Verdict::pass;
    operations.status_answer.version = "9.9";
    operations.status_answer.mode = control::Mode::enforce;
  });
  EXPECT_THAT(run({"explain", "192.0.2.7"}).out,
              StartsWith("192.0.2.7 passes: no decision is in force for it.\n"));
  EXPECT_EQ(boost::json::parse(run({"explain", "192.0.2.7", "--json"}).out).at("verdict"), "pass");
  EXPECT_THAT(run({"status"}).out, StartsWith("sluiced 9.9, mode enforce, up 0s\n"));
  EXPECT_EQ(boost::json::parse(run({"--json", "status"}).out).at("mode"), "enforce");
}

TEST_F(Command, ReloadNamesTheFaults) {
  EXPECT_EQ(run({"reload"}).out, "The configuration is in force.\n");
  server_.on_loop([](Server&, MemoryOperations& operations) {
    operations.reload_answer = {true, {}, {"filter.ports takes effect at the next attach"}};
  });
  EXPECT_EQ(run({"reload"}).out,
            "The configuration is in force.\n  filter.ports takes effect at the next attach\n");
  server_.on_loop([](Server&, MemoryOperations& operations) {
    operations.reload_answer = {false, {"sluice.toml:3: mode: must be observe or enforce"}, {}};
  });
  const Outcome faulty = run({"reload"});
  EXPECT_EQ(faulty.code, 1);
  EXPECT_EQ(faulty.out, "");
  EXPECT_EQ(faulty.err,
            "sluice.toml:3: mode: must be observe or enforce\n"
            "sluicectl: the configuration has faults; nothing was changed\n");
  const Outcome json = run({"reload", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(boost::json::parse(json.out).at("faults").as_array().size(), 1U);
}

TEST_F(Command, VersionIsThatOfBoth) {
  EXPECT_EQ(run({"version"}).out, "sluicectl " SLUICE_VERSION "\nsluiced " SLUICE_VERSION "\n");
  EXPECT_EQ(run({"version", "--json"}).out,
            R"({"sluicectl":")" SLUICE_VERSION R"(","sluiced":")" SLUICE_VERSION "\"}\n");
}

TEST_F(Command, WithoutADaemonItSaysHowToStartIt) {
  server_.stop();
  const Outcome block = run({"block", "192.0.2.7"});
  EXPECT_EQ(block.code, 1);
  EXPECT_EQ(block.out, "");
  EXPECT_THAT(block.err, HasSubstr("no daemon answers on " + server_.path()));
  EXPECT_THAT(block.err, HasSubstr("systemctl start sluiced"));
  for (const char* command : {"status", "decisions", "watch", "reload"})
    EXPECT_EQ(run({command}).code, 1) << command;
  const Outcome version = run({"version"});
  EXPECT_EQ(version.code, 1);
  EXPECT_EQ(version.out, "sluicectl " SLUICE_VERSION "\n");
}

TEST_F(Command, WhatIsNoCommandIsTwo) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"drop", "192.0.2.7"}).code, 2);
  EXPECT_EQ(run({"block"}).code, 2);
  EXPECT_EQ(run({"block", "192.0.2.7", "--rate", "5"}).code, 2);
  EXPECT_EQ(run({"status", "please"}).code, 2);
  EXPECT_EQ(run({"--help"}).code, 0);
  EXPECT_EQ(run({"block", "--help"}).code, 0);
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Command, WatchShowsEventsUntilItIsInterrupted) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process watch(with_socket({"watch", "--json"}), {}, "");
    ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
    server_.on_loop([](Server& loop_server, MemoryOperations&) {
      control::Event event;
      event.event = control::EventKind::decision;
      event.text = "one";
      loop_server.publish(event);
      event.text = "two";
      loop_server.publish(event);
    });
    ASSERT_TRUE(wait_until([&] { return lines(watch.out()).size() == 2; }));
    const Outcome outcome = watch.finish(signal);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(boost::json::parse(lines(outcome.out)[1]).at("text"), "two");
    ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 0; }));
  }
}

control::Frame a_frame() {
  control::Frame frame;
  frame.interface = "eth0";
  frame.reason = "drop_decision";
  frame.source = control::address("192.0.2.7");
  frame.bytes = 1514;
  frame.data = "00ff7f";
  return frame;
}

TEST_F(Command, WatchShowsDropsAmongTheEvents) {
  Process watch(with_socket({"watch", "--drops", "--json"}), {}, "");
  ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
  server_.on_loop([](Server& loop_server, MemoryOperations&) {
    control::Event event;
    event.text = "one";
    loop_server.publish(event);
    loop_server.publish(a_frame(), control::FrameKind::samples);
    loop_server.publish(a_frame(), control::FrameKind::captures);
    event.text = "two";
    loop_server.publish(event);
  });
  ASSERT_TRUE(wait_until([&] { return lines(watch.out()).size() >= 3; }));
  const Outcome outcome = watch.finish(SIGINT);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  ASSERT_EQ(lines(outcome.out).size(), 3U);
  EXPECT_EQ(boost::json::parse(lines(outcome.out)[0]).at("text"), "one");
  EXPECT_EQ(boost::json::parse(lines(outcome.out)[1]).at("reason"), "drop_decision");
  EXPECT_EQ(boost::json::parse(lines(outcome.out)[2]).at("text"), "two");
}

TEST_F(Command, CaptureEndsAfterSoManyFrames) {
  const control::TemporaryFolder folder;
  const std::string file = folder.file("c.pcapng");
  Process capture(with_socket({"capture", "-o", file, "--frames", "2"}), {}, "");
  ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
  server_.on_loop([](Server& loop_server, MemoryOperations&) {
    loop_server.publish(a_frame(), control::FrameKind::samples);
    for (int i = 0; i < 3; ++i)
      loop_server.publish(a_frame(), control::FrameKind::captures);
  });
  const Outcome outcome = capture.finish();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "2 dropped frames captured\n");
  PcapngWriter writer;
  const std::vector<std::uint8_t> data{0x00, 0xff, 0x7f};
  const PcapngWriter::Frame frame{
      .interface = "eth0", .time_ns = 0, .bytes = 1514, .data = data, .comment = "drop_decision"};
  std::string expected = PcapngWriter::header("sluicectl " SLUICE_VERSION);
  expected += writer.frame(frame);
  expected += writer.frame(frame);
  EXPECT_EQ(content(file), expected);

  const Outcome again = run({"capture", "-o", file});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr(file + " exists; name another file"));
  EXPECT_EQ(content(file), expected);
}

TEST_F(Command, CaptureEndsWhenItIsInterruptedAndWhenItsTimeIsOver) {
  Process interrupted(with_socket({"capture", "-o", "-"}), {}, "");
  ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
  server_.on_loop([](Server& loop_server, MemoryOperations&) {
    loop_server.publish(a_frame(), control::FrameKind::captures);
  });
  const std::size_t header = PcapngWriter::header("sluicectl " SLUICE_VERSION).size();
  ASSERT_TRUE(wait_until([&] { return interrupted.out().size() > header; }));
  const Outcome outcome = interrupted.finish(SIGINT);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "1 dropped frame captured\n");

  const Outcome timed = run({"capture", "-o", "-", "--for", "1s"});
  EXPECT_EQ(timed.code, 0);
  EXPECT_EQ(timed.out, PcapngWriter::header("sluicectl " SLUICE_VERSION));
  EXPECT_EQ(timed.err, "0 dropped frames captured\n");
}

TEST_F(Command, CaptureRefusesATerminalAndWhatItCannotRead) {
  int controlling = -1;
  int terminal = -1;
  ASSERT_EQ(openpty(&controlling, &terminal, nullptr, nullptr, nullptr), 0);
  const UniqueFd ours(controlling);
  const UniqueFd theirs(terminal);
  const Outcome outcome = Process(with_socket({"capture"}), {}, "", terminal).finish();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("a capture is no text for a terminal: name a file with --output"));
  EXPECT_THAT(run({"capture", "--for", "soon"}).err, HasSubstr("--for: 'soon' is not a duration"));
  EXPECT_EQ(run({"capture", "--for", "soon"}).code, 2);
  EXPECT_EQ(run({"capture", "--frames", "-1"}).code, 2);
  EXPECT_EQ(run({"capture", "-o", "/nowhere/c.pcapng"}).code, 1);
  EXPECT_TRUE(wait_until([&] { return server_.status().watchers == 0; }));
}

TEST_F(Command, CaptureFailsWhenTheDaemonGoesAndKeepsWhatItHas) {
  Process capture(with_socket({"capture", "-o", "-"}), {}, "");
  ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
  server_.stop();
  const Outcome outcome = capture.finish();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, PcapngWriter::header("sluicectl " SLUICE_VERSION));
  EXPECT_EQ(outcome.err, "0 dropped frames captured\nsluicectl: the daemon closed the connection\n");
}

TEST_F(Command, WatchFailsWhenTheDaemonGoes) {
  Process watch(with_socket({"watch"}), {}, "");
  ASSERT_TRUE(wait_until([&] { return server_.status().watchers == 1; }));
  server_.stop();
  const Outcome outcome = watch.finish();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "sluicectl: the daemon closed the connection\n");
}

TEST_F(Command, TellsTheDaemonWhereTheOperatorIsConnectedFrom) {
  EXPECT_EQ(run({"block", "198.51.100.7"}, "", {"SSH_CONNECTION=198.51.100.7 50000 192.0.2.1 22"}).code, 1);
  EXPECT_EQ(run({"allow", "192.0.2.7"}, "", {"SSH_CLIENT=2001:db8::5 50000 22"}).code, 0);
  // As under sudo, whose environment lacks it: the shell that sudo was typed in still has it.
  const std::string script = "env -i " SLUICECTL " --socket " + server_.path() + " block 192.0.2.7; exit $?";
  EXPECT_EQ(
      Process({"sh", "-c", script}, {"SSH_CONNECTION=203.0.113.5 50000 192.0.2.1 22"}, "").finish().code, 0);
  const auto all = calls();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(all[0], HasSubstr("from 198.51.100.7"));
  EXPECT_THAT(all[1], HasSubstr("from 2001:db8::5"));
  EXPECT_THAT(all[2], HasSubstr("from 203.0.113.5"));
}

TEST_F(Command, ColourIsForATerminalOnly) {
  ASSERT_EQ(run({"block", "192.0.2.7"}).out, "192.0.2.7: blocked without end\n");
  const auto on_terminal = [&](std::vector<std::string> environment) {
    int controlling = -1;
    int terminal = -1;
    EXPECT_EQ(openpty(&controlling, &terminal, nullptr, nullptr, nullptr), 0);
    const UniqueFd ours(controlling);
    const UniqueFd theirs(terminal);
    Process process(with_socket({"allow", "192.0.2.7"}), std::move(environment), "", terminal);
    EXPECT_EQ(process.finish().code, 0);
    std::array<char, 4096> text;
    const ssize_t size = read(ours.get(), text.data(), text.size());
    return std::string(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  };
  EXPECT_THAT(on_terminal({}), HasSubstr("\x1b[32mallowed\x1b[0m"));
  const std::string without = on_terminal({"NO_COLOR=1"});
  EXPECT_THAT(without, HasSubstr("allowed"));
  EXPECT_THAT(without, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace sluice::ctl
