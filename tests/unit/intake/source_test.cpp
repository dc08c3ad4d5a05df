// SPDX-License-Identifier: Apache-2.0
// Where lines come from besides one file: patterns of files, sockets, standard input. The kernel queues
// events and datagrams before the call that makes them returns, so polling the loop is enough and no test
// waits. Only where this user has no inotify instance left, the files are looked at every few milliseconds,
// and the tests of patterns wait for that.
#include <algorithm>
#include <chrono>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/base/inotify.h"
#include "daemon/intake/intake.h"
#include "tests/support/free_udp_port.h"
#include "tests/support/skip.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Lines = std::vector<std::string>;

class Glob : public testing::Test {
 protected:
  Result<GlobTail> start(std::string_view pattern, Start start, const Positions& left = {}) {
    return GlobTail::start(loop_.get_executor(), folder_ / pattern, start, left,
                           [this](std::string_view line) { lines_.emplace_back(line); },
                           {.max_files = kMaxFiles, .poll_every = kLookEvery});
  }
  Lines take() {
    loop_.restart();
    loop_.poll();
    if (Inotify::create(loop_.get_executor())) return std::exchange(lines_, {});
    // Without an instance files are looked at again and again, on a busy machine late.
    for (int i = 0; i == 0 || (i < 4 && lines_.empty()); ++i)
      loop_.run_for(20 * kLookEvery);
    return std::exchange(lines_, {});
  }

  static constexpr std::chrono::milliseconds kLookEvery{5};
  static constexpr std::size_t kMaxFiles = 100;  // more than are open at once at the start

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  Lines lines_;
};

TEST_F(Glob, FollowsWhatIsThereAndWhatComes) {
  folder_.append("a.log", "old\n");
  folder_.append("b.txt", "other\n");
  auto files = start("*.log", Start::end);
  ASSERT_TRUE(files);
  folder_.append("a.log", "a1\n");
  EXPECT_THAT(take(), ElementsAre("a1"));
  folder_.append("c.log", "c1\nc2\n");
  EXPECT_THAT(take(), ElementsAre("c1", "c2"));
  EXPECT_EQ(files->files(), 2U);
  EXPECT_TRUE(files->is_open());
}

TEST_F(Glob, RotationIsNotTakenForAnotherFile) {
  auto files = start("access*", Start::end);
  ASSERT_TRUE(files);
  folder_.append("access.log", "1\n");
  EXPECT_THAT(take(), ElementsAre("1"));
  folder_.rename("access.log", "access.log.1");
  folder_.append("access.log.1", "2\n");
  EXPECT_THAT(take(), ElementsAre("2"));
  folder_.append("access.log", "3\n");
  EXPECT_THAT(take(), ElementsAre("3"));
  folder_.append("access.log-20261124.gz", "4\n");
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_EQ(files->files(), 1U);
  EXPECT_EQ(files->counters().rotations, 1U);
}

TEST_F(Glob, AFileThatWasReadIsNotReadAgainUnderAnotherName) {
  auto files = start("*.log", Start::end);
  ASSERT_TRUE(files);
  folder_.append("access.log", "1\n");
  EXPECT_THAT(take(), ElementsAre("1"));
  folder_.append("other.log", "2\n");
  EXPECT_THAT(take(), ElementsAre("2"));
  folder_.rename("access.log", "access-2026-11-24.log");
  folder_.append("access.log", "3\n");
  EXPECT_THAT(take(), ElementsAre("3"));
  folder_.append("third.log", "4\n");
  EXPECT_THAT(take(), ElementsAre("4"));
  EXPECT_EQ(files->files(), 3U);
}

TEST_F(Glob, DeletedFilesMakeRoom) {
  for (std::size_t i = 0; i < kMaxFiles; ++i)
    folder_.append("f" + std::to_string(i) + ".log", "x\n");
  auto files = start("*.log", Start::end);
  ASSERT_TRUE(files);
  EXPECT_THAT(take(), ElementsAre());
  std::filesystem::remove(folder_ / "f7.log");
  folder_.append("new.log", "1\n");
  EXPECT_THAT(take(), ElementsAre("1"));
  EXPECT_EQ(files->files(), kMaxFiles);
}

TEST_F(Glob, FoldersMayMatchToo) {
  std::filesystem::create_directories(folder_ / "one/logs");
  folder_.append("one/logs/access.log", "old\n");
  auto files = start("*/logs/access.log", Start::beginning);
  ASSERT_TRUE(files);
  EXPECT_THAT(take(), ElementsAre("old"));
  std::filesystem::create_directories(folder_ / "two");
  EXPECT_THAT(take(), ElementsAre());
  std::filesystem::create_directories(folder_ / "two/logs");
  EXPECT_THAT(take(), ElementsAre());
  folder_.append("two/logs/access.log", "2\n");
  EXPECT_THAT(take(), ElementsAre("2"));
}

TEST_F(Glob, GoesOnFromPositions) {
  folder_.append("a.log", "1\n");
  folder_.append("b.log", "2\n");
  Positions left;
  {
    auto files = start("*.log", Start::beginning);
    ASSERT_TRUE(files);
    EXPECT_THAT(take(), UnorderedElementsAre("1", "2"));
    left = files->positions();
  }
  EXPECT_EQ(left.size(), 2U);
  folder_.append("a.log", "3\n");
  auto files = start("*.log", Start::beginning, left);
  ASSERT_TRUE(files);
  EXPECT_THAT(take(), ElementsAre("3"));
}

TEST_F(Glob, AFolderThatIsNotThereYetIsWaitedFor) {
  auto files = start("later/*.log", Start::end);
  ASSERT_TRUE(files);
  EXPECT_FALSE(files->is_open());
  std::filesystem::create_directories(folder_ / "later");
  EXPECT_THAT(take(), ElementsAre());
  folder_.append("later/a.log", "1\n");
  EXPECT_THAT(take(), ElementsAre("1"));
}

TEST_F(Glob, MoreFilesThanItMayFollowKeepNobodyFromTheFirst) {
  for (std::size_t i = 0; i < kMaxFiles + 3; ++i)
    folder_.append("f" + std::to_string(i) + ".log", "x\n");
  auto files = start("*.log", Start::beginning);
  ASSERT_TRUE(files);
  EXPECT_EQ(take().size(), kMaxFiles);
  EXPECT_EQ(files->files(), kMaxFiles);
  EXPECT_EQ(files->health().left_out, 3U);
}

class Sockets : public testing::Test {
 protected:
  Result<LogSocket> listen(const std::string& where, std::vector<Prefix> from = {}) {
    return LogSocket::start(loop_.get_executor(), {where, std::move(from)},
                            [this](std::string_view line) { lines_.emplace_back(line); });
  }
  void send_unix(const std::string& path, std::string_view text) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, std::begin(address.sun_path));
    ASSERT_EQ(::sendto(fd.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                       sizeof(address)),
              static_cast<ssize_t>(text.size()));
  }
  void send_udp(std::uint16_t port, std::string_view text, std::string_view from = "127.0.0.1") {
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, std::string(from).c_str(), &own.sin_addr), 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::sendto(fd.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                       sizeof(address)),
              static_cast<ssize_t>(text.size()));
  }
  Lines take() {
    loop_.restart();
    loop_.poll();
    return std::exchange(lines_, {});
  }

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  Lines lines_;
};

TEST_F(Sockets, AUnixSocketTakesDatagrams) {
  const std::string path = folder_ / "log.sock";
  {
    auto socket = listen("unix:" + path);
    ASSERT_TRUE(socket) << socket.error().message();
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0660));
    send_unix(path, "<190>Nov 24 08:07:24 host nginx: one\n");
    send_unix(path, "two");
    send_unix(path, "");
    send_unix(path, std::string("\0\xff\n", 3));
    EXPECT_THAT(take(), ElementsAre("one", "two", "", std::string("\0\xff", 2)));
    send_unix(path, std::string(150'000, 'x'));
    EXPECT_THAT(take(), ElementsAre(std::string(150'000, 'x')));
    EXPECT_EQ(socket->counters().cut, 0U);
    EXPECT_THAT(listen("unix:" + path).error().message(), HasSubstr("somebody listens there already"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Sockets, AnotherUserMayNotWriteToAUnixSocketAndMayToUdp) {
  SLUICE_SKIP_UNLESS_ROOT();
  std::filesystem::permissions(folder_ / "", std::filesystem::perms(0755));
  const std::string path = folder_ / "log.sock";
  const std::uint16_t port = test::free_udp_port();
  auto closed = listen("unix:" + path);
  auto open = listen("udp:127.0.0.1:" + std::to_string(port));
  auto named =
      listen("udp:0.0.0.0:" + std::to_string(test::free_udp_port()), {Prefix::parse("127.0.0.2").value()});
  auto outside =
      listen("udp:0.0.0.0:" + std::to_string(test::free_udp_port()), {Prefix::parse("192.0.2.0/24").value()});
  ASSERT_TRUE(closed && open && named && outside);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, std::begin(address.sun_path));
  ASSERT_EQ(::setegid(65534) + ::seteuid(65534), 0);
  const ssize_t sent =
      ::sendto(fd.get(), "forged", 6, 0, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int why = errno;
  send_udp(port, "forged");
  ASSERT_EQ(::seteuid(0) + ::setegid(0), 0);
  EXPECT_EQ(sent, -1);
  EXPECT_EQ(why, EACCES);
  EXPECT_THAT(take(), ElementsAre("forged"));
  EXPECT_FALSE(closed->is_open_to_all());
  EXPECT_TRUE(open->is_open_to_all());
  EXPECT_TRUE(named->is_open_to_all());
  EXPECT_FALSE(outside->is_open_to_all());
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_TRUE(closed->is_open_to_all());
}

TEST_F(Sockets, ADatagramMayHoldSeveralLines) {
  const std::string path = folder_ / "log.sock";
  auto socket = listen("unix:" + path);
  ASSERT_TRUE(socket) << socket.error().message();
  send_unix(path, "one\ntwo\r\n\nthree\n");
  send_unix(path, "<190>Nov 24 08:07:24 host nginx: four\n<190>Nov 24 08:07:24 host nginx: five\n");
  send_unix(path, std::string("<190>Nov 24 08:07:24 host nginx: six\nseven\n\0", 44));
  EXPECT_THAT(take(), ElementsAre("one", "two\r", "three", "four", "five", "six", "seven"));
}

TEST_F(Sockets, WhatADeadListenerLeftIsReplacedAndNothingElse) {
  const std::string path = folder_ / "log.sock";
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, std::begin(address.sun_path));
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(listen("unix:" + path));
  folder_.append("file", "x");
  EXPECT_THAT(listen("unix:" + (folder_ / "file")).error().message(), HasSubstr("in the way and no socket"));
  EXPECT_THAT(listen("unix:" + (folder_ / "none/log.sock")).error().message(), HasSubstr("No such file"));
}

TEST_F(Sockets, UdpTakesDatagramsOfThoseWhoMaySend) {
  const std::uint16_t port = test::free_udp_port();
  auto socket = listen("udp:127.0.0.1:" + std::to_string(port), {Prefix::parse("127.0.0.2").value()});
  ASSERT_TRUE(socket) << socket.error().message();
  send_udp(port, "<190>Nov 24 08:07:24 haproxy[1]: mine", "127.0.0.2");
  send_udp(port, "forged", "127.0.0.3");
  EXPECT_THAT(take(), ElementsAre("mine"));
  EXPECT_EQ(socket->counters().refused, 1U);
}

TEST_F(Sockets, DatagramsThatTheKernelHadNoRoomForAreCounted) {
  const std::uint16_t port = test::free_udp_port();
  auto socket = listen("udp:127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(socket);
  const std::string big(32'000, 'x');
  constexpr std::size_t kSent = 2000;
  for (std::size_t i = 0; i < kSent; ++i)
    send_udp(port, big);
  std::size_t taken = take().size();
  send_udp(port, "last");  // the count comes with the next datagram that is taken
  taken += take().size();
  EXPECT_LT(taken, kSent);
  EXPECT_EQ(taken + socket->counters().lost, kSent + 1);
}

TEST_F(Sockets, PlacesThatCannotBeListenedAtAreRefusedInWords) {
  const auto refused = [](const std::string& where, std::vector<Prefix> from = {}) {
    const auto good = check_socket({where, std::move(from)});
    return good ? std::string("accepted") : good.error().message();
  };
  EXPECT_EQ(refused("udp:127.0.0.1:5514"), "accepted");
  EXPECT_EQ(refused("udp:[::1]:5514"), "accepted");
  EXPECT_EQ(refused("udp:192.0.2.1:5514", {Prefix::parse("192.0.2.0/24").value()}), "accepted");
  EXPECT_THAT(refused("udp:192.0.2.1:5514"), HasSubstr("not on loopback: whoever reaches it"));
  EXPECT_THAT(refused("udp:[::]:5514"), HasSubstr("not on loopback"));
  EXPECT_THAT(refused("unix:/run/x", {Prefix::parse("192.0.2.0/24").value()}),
              HasSubstr("a Unix socket has no `from`"));
  EXPECT_THAT(refused("unix:/" + std::string(200, 'x')), HasSubstr("has at most"));
  for (const std::string where : {"", "tcp:127.0.0.1:1", "udp:127.0.0.1", "udp:host:1", "udp:127.0.0.1:0",
                                  "udp:127.0.0.1:70000", "unix:relative", "unix:/run/", "/run/x"}) {
    EXPECT_THAT(refused(where), HasSubstr("is no place to listen")) << where;
  }
}

TEST(StandardInput, IsReadUntilItsWritersAreGone) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd before(::dup(STDIN_FILENO));
  ASSERT_EQ(::dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  ::close(ends[0]);
  UniqueFd writer(ends[1]);
  boost::asio::io_context loop(1);
  Lines lines;
  auto pipe = LogPipe::start(loop.get_executor(), [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_EQ(::dup2(before.get(), STDIN_FILENO), STDIN_FILENO);
  ASSERT_TRUE(pipe) << pipe.error().message();
  ASSERT_EQ(::write(writer.get(), "one\ntw", 6), 6);
  loop.poll();
  EXPECT_THAT(lines, ElementsAre("one"));
  ASSERT_EQ(::write(writer.get(), "o\nrest", 6), 6);
  writer.reset();
  loop.run();
  EXPECT_THAT(lines, ElementsAre("one", "two", "rest"));
  EXPECT_FALSE(pipe->is_open());
}

}  // namespace
}  // namespace sluice::intake
