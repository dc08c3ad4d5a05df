// SPDX-License-Identifier: Apache-2.0
// The server through its socket, with real peers: other users are other processes.
#include "daemon/control/server.h"

#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <string_view>

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/control/protocol/codec.h"
#include "tests/support/skip.h"
#include "tests/unit/control/running_server.h"
#include "tests/unit/control/values.h"

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A plain client. Reading gives up after ten seconds, which no test needs.
class Peeper {
 public:
  explicit Peeper(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    timeval patience{10, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

  // False when the other side closed before everything was sent.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next line without its newline; "" at the end of the stream.
  std::string line() {
    while (true) {
      if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      std::array<char, 65536> chunk;
      const ssize_t size = recv(socket_.get(), chunk.data(), chunk.size(), 0);
      if (size <= 0) {
        error_ = size < 0 ? errno : 0;
        return "";
      }
      buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    }
  }

  // Nothing more comes, and not because we lost patience.
  bool ended() { return line().empty() && buffer_.empty() && error_ != EAGAIN; }

  std::string ask(const Request& request) {
    send(request_message(request));
    return line();
  }

 private:
  UniqueFd socket_;
  std::string buffer_;
  bool connected_ = false;
  int error_ = 0;
};

// The first line of the answer that a process of that user and group gets; "cannot connect" where it cannot.
std::string ask_as(uid_t uid, gid_t gid, const std::string& path, const Request& request) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    std::string answer = "cannot become that user";
    if (setgroups(0, nullptr) == 0 && setgid(gid) == 0 && setuid(uid) == 0) {
      Peeper peeper(path);
      answer = peeper.connected() ? peeper.ask(request) : "cannot connect";
    }
    const bool written =
        write(writing.get(), answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    _exit(written ? 0 : 1);
  }
  writing.reset();
  std::string answer;
  std::array<char, 4096> chunk;
  for (ssize_t size = 0; (size = read(reading.get(), chunk.data(), chunk.size())) > 0;) {
    answer.append(chunk.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return answer;
}

// For what the loop does on its own time; gives up after ten seconds.
bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::string own_name() {
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? fmt::format("uid {}", geteuid()) : entry->pw_name;
}

Event event_number(int number, std::size_t padding = 0) {
  Event event;
  event.event = EventKind::finding;
  event.text = std::to_string(number);
  event.reason.assign(padding, 'x');
  return event;
}

TEST(Server, AnswersOneRequestAfterAnother) {
  RunningServer server;
  Peeper peeper(server.path());
  DecideRequest block;
  block.action = Action::block;
  block.addresses = {written("192.0.2.7")};
  EXPECT_TRUE(parse_answer<DecideAnswer>(peeper.ask(block)));
  EXPECT_THAT(peeper.ask(ExplainRequest{}), HasSubstr("'' is not an IP address"));
  EXPECT_TRUE(parse_answer<StatusAnswer>(peeper.ask(StatusRequest{})));
  const auto calls = server.on_loop([](Server&, MemoryOperations& operations) { return operations.calls; });
  EXPECT_THAT(calls, ElementsAre("block " + own_name() + " 192.0.2.7 from ", "status"));
}

TEST(Server, AnswersRequestsThatCameTogetherOrInPieces) {
  RunningServer server;
  Peeper peeper(server.path());
  const std::string request = request_message(VersionRequest{});
  peeper.send(request + request + request.substr(0, 5));
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.line()));
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.line()));
  peeper.send(request.substr(5));
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.line()));
}

TEST(Server, TheSocketIsTheGroups) {
  SLUICE_SKIP_UNLESS_ROOT();
  RunningServer server({.path = "", .group = "games"});
  struct stat socket {};
  ASSERT_EQ(stat(server.path().c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 07777, 0660U);
  EXPECT_EQ(socket.st_gid, getgrnam("games")->gr_gid);
}

TEST(Server, WithoutAGroupTheSocketIsItsOwners) {
  RunningServer server({.path = "", .group = "no-such-group"});
  struct stat socket {};
  ASSERT_EQ(stat(server.path().c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 07777, 0600U);
  Peeper peeper(server.path());
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.ask(VersionRequest{})));
}

TEST(Server, AStrangerCannotConnectAndIsRefusedWhereHeCan) {
  SLUICE_SKIP_UNLESS_ROOT();
  const passwd* nobody = getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  const uid_t uid = nobody->pw_uid;
  const gid_t gid = nobody->pw_gid;
  RunningServer server({.path = "", .group = "games"});
  EXPECT_EQ(ask_as(uid, gid, server.path(), StatusRequest{}), "cannot connect");

  ASSERT_EQ(chmod(server.path().c_str(), 0666), 0);
  EXPECT_THAT(ask_as(uid, gid, server.path(), StatusRequest{}),
              HasSubstr("nobody may not use this socket: become root, or a member of group 'games'"));
  EXPECT_THAT(ask_as(54321, 54321, server.path(), StatusRequest{}),
              HasSubstr("uid 54321 may not use this socket"));
  EXPECT_EQ(server.status().refused_peers, 2U);
  EXPECT_THAT(server.on_loop([](Server&, MemoryOperations& operations) { return operations.calls; }),
              IsEmpty());
}

TEST(Server, AMemberOfTheGroupIsServedUnderHisName) {
  SLUICE_SKIP_UNLESS_ROOT();
  const group* games = getgrnam("games");
  const passwd* member = getpwnam("games");  // whose group in the user database is games
  ASSERT_NE(games, nullptr);
  ASSERT_NE(member, nullptr);
  const gid_t group = games->gr_gid;
  const uid_t uid = member->pw_uid;
  RunningServer server({.path = "", .group = "games"});
  // By the group that the process runs with.
  EXPECT_TRUE(parse_answer<ReloadAnswer>(ask_as(54321, group, server.path(), ReloadRequest{})));
  // By what the user database says, whatever the process runs with.
  ASSERT_EQ(chmod(server.path().c_str(), 0666), 0);
  EXPECT_TRUE(parse_answer<ReloadAnswer>(ask_as(uid, 54321, server.path(), ReloadRequest{})));
  EXPECT_THAT(server.on_loop([](Server&, MemoryOperations& operations) { return operations.calls; }),
              ElementsAre("reload uid 54321", "reload games"));
}

TEST(Server, WhoAsksForAReloadWaitsAloneUntilItIsDecided) {
  RunningServer server;
  server.on_loop([](Server&, MemoryOperations& operations) { return operations.hold_reload = true; });
  std::string answer;
  std::thread asker([&] { answer = Peeper(server.path()).ask(ReloadRequest{}); });
  const bool asked = wait_until([&] {
    return server.on_loop(
        [](Server&, MemoryOperations& operations) { return static_cast<bool>(operations.held_reload); });
  });
  EXPECT_TRUE(asked);
  EXPECT_TRUE(parse_answer<StatusAnswer>(Peeper(server.path()).ask(StatusRequest{})));
  server.on_loop([](Server&, MemoryOperations& operations) {
    operations.held_reload({false, {"a list cannot be read"}, {}});
    return true;
  });
  asker.join();
  const auto reload = parse_answer<ReloadAnswer>(answer);
  ASSERT_TRUE(reload);
  EXPECT_THAT(reload->faults, ElementsAre("a list cannot be read"));
}

TEST(Server, AClientThatDoesNotFinishItsRequestIsCut) {
  RunningServer server({.path = "", .group = "", .deadline = 100ms});
  Peeper peeper(server.path());
  peeper.send(R"({"v":1,"command":"sta)");
  EXPECT_THAT(peeper.line(), HasSubstr("no whole request came within 100 ms"));
  EXPECT_TRUE(peeper.ended());
  EXPECT_EQ(server.status().cut_slow, 1U);
  EXPECT_TRUE(wait_until([&] { return server.status().connections == 0; }));
}

TEST(Server, ByteAfterByteDoesNotBuyTime) {
  RunningServer server({.path = "", .group = "", .deadline = 200ms});
  Peeper peeper(server.path());
  const auto begin = std::chrono::steady_clock::now();
  pollfd answer{peeper.fd(), POLLIN, 0};
  while (poll(&answer, 1, 10) == 0)
    peeper.send(" ");
  EXPECT_THAT(peeper.line(), HasSubstr("no whole request came"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Server, AClientThatDoesNotReadItsAnswerIsCut) {
  RunningServer server({.path = "", .group = "", .deadline = 100ms});
  server.on_loop([](Server&, MemoryOperations& operations) {
    for (int i = 0; i < 5000; ++i) {
      DecisionRow row;
      row.reason.assign(400, 'x');
      operations.decisions[std::to_string(i)] = row;  // 3 MB in all: more than a socket holds
    }
  });
  Peeper peeper(server.path());
  peeper.send(request_message(ListRequest{}));
  EXPECT_TRUE(wait_until([&] { return server.status().cut_slow == 1; }));
  EXPECT_TRUE(wait_until([&] { return server.status().connections == 0; }));
}

TEST(Server, ARequestBeyondTheLimitIsCut) {
  RunningServer server;
  Peeper peeper(server.path());
  peeper.send(std::string(kMaxMessage + 1, ' '));
  EXPECT_THAT(peeper.line(), HasSubstr("a request has at most 1048576 bytes"));
  EXPECT_TRUE(peeper.ended());
}

TEST(Server, ARequestOfTheLimitIsAnswered) {
  RunningServer server;
  Peeper peeper(server.path());
  const std::string request = request_message(VersionRequest{});
  ASSERT_TRUE(peeper.send(std::string(kMaxMessage - request.size(), ' ') + request));
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.line()));
}

TEST(Server, ManyConnectionsAreServedAndNoMore) {
  RunningServer server;
  std::vector<std::unique_ptr<Peeper>> peepers;
  for (int i = 0; i < 64; ++i)
    peepers.push_back(std::make_unique<Peeper>(server.path()));
  for (auto& peeper : peepers)
    EXPECT_TRUE(parse_answer<VersionAnswer>(peeper->ask(VersionRequest{})));
  EXPECT_EQ(server.status().connections, 64U);
  Peeper refused(server.path());
  EXPECT_THAT(refused.line(), HasSubstr("64 connections are open"));
  EXPECT_TRUE(refused.ended());
  EXPECT_EQ(server.status().refused_full, 1U);

  peepers.pop_back();
  ASSERT_TRUE(wait_until([&] { return server.status().connections == 63; }));
  Peeper admitted(server.path());
  EXPECT_TRUE(parse_answer<VersionAnswer>(admitted.ask(VersionRequest{})));
}

TEST(Server, TheLastConnectionsAreRoots) {
  SLUICE_SKIP_UNLESS_ROOT();
  RunningServer server({.path = "", .group = "games", .max_connections = 9});
  const gid_t games = getgrnam("games")->gr_gid;
  EXPECT_TRUE(parse_answer<VersionAnswer>(ask_as(54321, games, server.path(), VersionRequest{})));
  ASSERT_TRUE(wait_until([&] { return server.status().connections == 0; }));
  Peeper first(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(first.ask(VersionRequest{})));
  EXPECT_THAT(ask_as(54321, games, server.path(), VersionRequest{}), HasSubstr("1 connections are open"));
  Peeper second(server.path());
  EXPECT_TRUE(parse_answer<VersionAnswer>(second.ask(VersionRequest{})));
}

TEST(Server, WatchersAreToldInOrder) {
  RunningServer server;
  Peeper first(server.path());
  Peeper second(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(first.ask(WatchRequest{})));
  ASSERT_TRUE(parse_answer<VersionAnswer>(second.ask(WatchRequest{})));
  EXPECT_EQ(server.status().watchers, 2U);
  server.on_loop([](Server& loop_server, MemoryOperations&) {
    for (int i = 0; i < 100; ++i)
      loop_server.publish(event_number(i));
  });
  for (int i = 0; i < 100; ++i) {
    for (Peeper* peeper : {&first, &second}) {
      const auto event = parse_event(peeper->line());
      ASSERT_TRUE(event);
      EXPECT_EQ(event->text, std::to_string(i));
    }
  }
}

TEST(Server, AWatcherOutlivesTheDeadlineAndIsForgottenWhenItGoes) {
  RunningServer server({.path = "", .group = "", .deadline = 50ms});
  auto watcher = std::make_unique<Peeper>(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(watcher->ask(WatchRequest{})));
  // A client of the same age that asks nothing is cut: the deadline has passed.
  Peeper idle(server.path());
  EXPECT_THAT(idle.line(), HasSubstr("no whole request"));
  server.on_loop([](Server& loop_server, MemoryOperations&) { loop_server.publish(event_number(7)); });
  EXPECT_THAT(watcher->line(), HasSubstr(R"("text":"7")"));
  watcher.reset();
  EXPECT_TRUE(wait_until([&] { return server.status().watchers == 0; }));
  EXPECT_TRUE(wait_until([&] { return server.status().connections == 0; }));
}

TEST(Server, AWatcherThatDoesNotReadIsCutWithTheNumberItMissed) {
  RunningServer server({.path = "", .group = "", .watch_queue = 16});
  Peeper lazy(server.path());
  Peeper keen(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(lazy.ask(WatchRequest{})));
  ASSERT_TRUE(parse_answer<VersionAnswer>(keen.ask(WatchRequest{})));
  // One at a time, each read by the keen one: only the lazy one falls behind. 64 kB each fill a socket soon.
  constexpr int kEvents = 60;
  for (int i = 0; i < kEvents; ++i) {
    server.on_loop(
        [i](Server& loop_server, MemoryOperations&) { loop_server.publish(event_number(i, 65536)); });
    const auto event = parse_event(keen.line());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->text, std::to_string(i));
  }
  int received = 0;
  std::string last = lazy.line();
  for (; parse_event(last); last = lazy.line())
    ++received;
  EXPECT_GT(received, 0);
  EXPECT_THAT(last, HasSubstr(fmt::format("{} events were not sent", kEvents - received)));
  EXPECT_TRUE(lazy.ended());
  ASSERT_TRUE(wait_until([&] { return server.status().watchers == 1; }));
  EXPECT_EQ(server.status().cut_watchers, 1U);
  EXPECT_EQ(server.status().events_unsent, static_cast<std::uint64_t>(kEvents - received));
}

TEST(Server, AWatcherThatNeverReadsIsClosedAfterTheDeadline) {
  RunningServer server({.path = "", .group = "", .watch_queue = 4, .deadline = 50ms});
  Peeper lazy(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(lazy.ask(WatchRequest{})));
  server.on_loop(
      [](Server& loop_server, MemoryOperations&) { loop_server.publish(event_number(0, 900'000)); });
  ASSERT_EQ(server.status().cut_watchers, 0U);
  server.on_loop([](Server& loop_server, MemoryOperations&) {
    for (int i = 1; i <= 10; ++i)
      loop_server.publish(event_number(i));
  });
  EXPECT_TRUE(wait_until([&] { return server.status().connections == 0; }));
  EXPECT_EQ(server.status().cut_watchers, 1U);
  EXPECT_EQ(server.status().events_unsent, 10U);
}

Frame frame_number(int number, std::size_t padding = 0) {
  Frame frame;
  frame.reason = std::to_string(number);
  frame.data.assign(padding, '0');
  return frame;
}

bool is_watched(RunningServer& server, FrameKind kind) {
  return server.on_loop(
      [kind](Server& loop_server, MemoryOperations&) { return loop_server.is_watched(kind); });
}

TEST(Server, FramesGoToThoseWhoAskedForTheirKind) {
  RunningServer server;
  EXPECT_FALSE(is_watched(server, FrameKind::samples));
  Peeper plain(server.path());
  Peeper samples(server.path());
  Peeper captures(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(plain.ask(WatchRequest{})));
  EXPECT_FALSE(is_watched(server, FrameKind::samples));
  EXPECT_FALSE(is_watched(server, FrameKind::captures));
  ASSERT_TRUE(parse_answer<VersionAnswer>(samples.ask(WatchRequest{FrameKind::samples})));
  EXPECT_TRUE(is_watched(server, FrameKind::samples));
  EXPECT_FALSE(is_watched(server, FrameKind::captures));
  ASSERT_TRUE(parse_answer<VersionAnswer>(captures.ask(WatchRequest{FrameKind::captures})));
  EXPECT_TRUE(is_watched(server, FrameKind::captures));

  server.on_loop([](Server& loop_server, MemoryOperations&) {
    loop_server.publish(frame_number(1), FrameKind::samples);
    loop_server.publish(event_number(2));
    loop_server.publish(frame_number(3), FrameKind::captures);
    loop_server.publish(event_number(4));
  });
  server.stop();  // sends what is left, so that all of what each gets can be read
  const auto rest = [](Peeper& peeper) {
    std::vector<std::string> all;
    for (std::string line = peeper.line(); !line.empty(); line = peeper.line()) {
      const auto frame = parse_frame(line);
      const auto event = parse_event(line);
      all.push_back(frame ? "frame " + frame->reason : event ? "event " + event->text : line);
    }
    return all;
  };
  EXPECT_THAT(rest(plain), ElementsAre("event 2", "event 4"));
  EXPECT_THAT(rest(samples), ElementsAre("frame 1", "event 2", "event 4"));
  EXPECT_THAT(rest(captures), ElementsAre("frame 3"));
}

TEST(Server, NobodyWatchesFramesWhenTheWatcherHasGone) {
  RunningServer server;
  auto watcher = std::make_unique<Peeper>(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(watcher->ask(WatchRequest{FrameKind::captures})));
  ASSERT_TRUE(is_watched(server, FrameKind::captures));
  watcher.reset();
  EXPECT_TRUE(wait_until([&] { return !is_watched(server, FrameKind::captures); }));
}

TEST(Server, AWatcherThatIsBehindMissesFramesAndIsNotCut) {
  RunningServer server({.path = "", .group = "", .watch_queue = 16});
  Peeper lazy(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(lazy.ask(WatchRequest{FrameKind::samples})));
  constexpr int kFrames = 60;
  for (int i = 0; i < kFrames; ++i) {  // 64 kB each fill a socket soon
    server.on_loop([i](Server& loop_server, MemoryOperations&) {
      loop_server.publish(frame_number(i, 65536), FrameKind::samples);
    });
  }
  // There is room left for what is more important.
  server.on_loop([](Server& loop_server, MemoryOperations&) { loop_server.publish(event_number(7)); });
  int received = 0;
  int last = -1;
  std::string line = lazy.line();
  for (auto frame = parse_frame(line); frame; frame = parse_frame(line)) {
    EXPECT_GT(std::stoi(frame->reason), last);
    last = std::stoi(frame->reason);
    ++received;
    line = lazy.line();
  }
  EXPECT_THAT(line, HasSubstr(R"("text":"7")"));
  EXPECT_GT(received, 0);
  EXPECT_LT(received, kFrames);
  EXPECT_EQ(server.status().events_unsent, static_cast<std::uint64_t>(kFrames - received));
  EXPECT_EQ(server.status().cut_watchers, 0U);
  server.on_loop([](Server& loop_server, MemoryOperations&) {
    loop_server.publish(frame_number(kFrames), FrameKind::samples);
  });
  const auto after = parse_frame(lazy.line());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->reason, std::to_string(kFrames));
}

TEST(Server, AStaleSocketIsReplaced) {
  TemporaryFolder folder;
  const std::string path = folder.file("s");
  {
    UniqueFd left(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  boost::asio::io_context io;
  MemoryOperations operations;
  const auto server = Server::create(io, {.path = path, .group = ""}, operations);
  ASSERT_TRUE(server) << server.error().message();
  EXPECT_TRUE(Peeper(path).connected());
}

TEST(Server, ALiveSocketIsLeftAlone) {
  RunningServer server;
  boost::asio::io_context io;
  MemoryOperations operations;
  const auto second = Server::create(io, {.path = server.path(), .group = ""}, operations);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("another process answers on this socket"));
  Peeper peeper(server.path());
  EXPECT_TRUE(parse_answer<VersionAnswer>(peeper.ask(VersionRequest{})));
}

TEST(Server, WhatIsNotASocketIsLeftAlone) {
  TemporaryFolder folder;
  const std::string path = folder.file("important");
  std::ofstream(path) << "kept";
  boost::asio::io_context io;
  MemoryOperations operations;
  const auto server = Server::create(io, {.path = path, .group = ""}, operations);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message(), HasSubstr("something that is not a socket is there"));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(Server, APathThatCannotBeIsAnErrorInWords) {
  boost::asio::io_context io;
  MemoryOperations operations;
  const auto message = [&](const std::string& path) {
    const auto server = Server::create(io, {.path = path, .group = ""}, operations);
    return server ? "" : server.error().message();
  };
  EXPECT_THAT(message(""), HasSubstr("the path of a socket has 1 to 107 bytes"));
  EXPECT_THAT(message("/" + std::string(107, 'x')), HasSubstr("the path of a socket has 1 to 107 bytes"));
  EXPECT_THAT(message("/nowhere/at/all"), HasSubstr("its folder must exist"));
}

TEST(Server, StoppingEndsEverythingAndRemovesTheSocket) {
  RunningServer server;
  Peeper idle(server.path());
  Peeper watcher(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(idle.ask(VersionRequest{})));
  ASSERT_TRUE(parse_answer<VersionAnswer>(watcher.ask(WatchRequest{})));
  server.on_loop([](Server& loop_server, MemoryOperations&) {
    for (int i = 0; i < 100; ++i)
      loop_server.publish(event_number(i));
  });
  server.stop();  // returns when the loop has nothing left
  EXPECT_FALSE(std::filesystem::exists(server.path()));
  EXPECT_TRUE(idle.ended());
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(parse_event(watcher.line())) << i;
  EXPECT_TRUE(watcher.ended());
}

TEST(Server, StoppingDoesNotWaitForThoseWhoDoNotRead) {
  RunningServer server({.path = "", .group = "", .drain = 50ms});
  Peeper watcher(server.path());
  ASSERT_TRUE(parse_answer<VersionAnswer>(watcher.ask(WatchRequest{})));
  server.on_loop(
      [](Server& loop_server, MemoryOperations&) { loop_server.publish(event_number(0, 900'000)); });
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Server, StoppingLeavesTheSocketOfASuccessor) {
  RunningServer server;
  std::filesystem::remove(server.path());
  boost::asio::io_context io;
  MemoryOperations operations;
  const auto successor = Server::create(io, {.path = server.path(), .group = ""}, operations);
  ASSERT_TRUE(successor);
  server.stop();
  EXPECT_TRUE(std::filesystem::exists(server.path()));
}

}  // namespace
}  // namespace sluice::control
