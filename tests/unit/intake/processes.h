// SPDX-License-Identifier: Apache-2.0
// Programs that a test runs beside it: servers, and what they are asked over TCP. Waits for a program that
// starts or ends, ten seconds at most for the start, and for nothing else.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

extern char** environ;

namespace sluice::intake {

inline UniqueFd tcp_socket(std::uint16_t& port, bool connect) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (connect)
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? std::move(fd)
                                                                                       : UniqueFd();
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

inline std::uint16_t free_port() {
  std::uint16_t port = 0;
  const UniqueFd fd = tcp_socket(port, false);
  return port;
}

// A server in the foreground, ended with its owner.
class Process {
 public:
  explicit Process(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { stop(); }

  // Until it ends by itself.
  void wait() {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // Until it accepts connections; false if it ended or ten seconds went by.
  bool wait_for(std::uint16_t port) const {
    return wait_until([port]() mutable { return static_cast<bool>(tcp_socket(port, true)); });
  }
  // Until it has done so; false if it ended or ten seconds went by.
  bool wait_until(const std::function<bool()>& is_ready) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      if (is_ready()) return true;
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return false;
      ::poll(nullptr, 0, 20);
    }
    return false;
  }

 private:
  pid_t pid_ = 0;
};

// Sends and reads until the server closes the connection: by then it has written its log.
inline std::string ask(std::uint16_t port, const std::string& request) {
  const UniqueFd fd = tcp_socket(port, true);
  EXPECT_TRUE(fd);
  EXPECT_EQ(::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(fd.get(), piece.data(), piece.size())) > 0;)
    answer.append(piece.data(), static_cast<std::size_t>(got));
  return answer;
}

}  // namespace sluice::intake
