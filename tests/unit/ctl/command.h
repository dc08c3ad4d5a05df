// SPDX-License-Identifier: Apache-2.0
// The binary as an operator runs it, against a real server on a real socket.
#pragma once

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tests/unit/control/running_server.h"

namespace sluice::ctl {

using control::MemoryOperations;
using control::RunningServer;
using control::Server;

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A process with its standard streams in files.
class Process {
 public:
  Process(std::vector<std::string> arguments, std::vector<std::string> environment, const std::string& input,
          int terminal = -1) {
    std::ofstream(folder_.file("in")) << input;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, folder_.file("in").c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, folder_.file("out").c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, folder_.file("err").c_str(), O_WRONLY | O_CREAT, 0600);
    if (terminal >= 0) posix_spawn_file_actions_adddup2(&actions, terminal, 1);
    environment.emplace_back("TZ=UTC0");
    environment.emplace_back("PATH=/usr/bin:/bin");
    const auto pointers = [](std::vector<std::string>& strings) {
      std::vector<char*> all;
      for (std::string& text : strings)
        all.push_back(text.data());
      all.push_back(nullptr);
      return all;
    };
    const int error = posix_spawnp(&pid_, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                                   pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) std::abort();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) finish(SIGKILL);
  }

  [[nodiscard]] std::string out() const { return content(folder_.file("out")); }

  Outcome finish(int signal = 0) {
    if (signal != 0) kill(pid_, signal);
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), out(), content(folder_.file("err"))};
  }

 private:
  control::TemporaryFolder folder_;
  pid_t pid_ = -1;
};

inline bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(stream, line);)
    all.push_back(line);
  return all;
}

class Command : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> with_socket(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {SLUICECTL, "--socket", server_.path()});
    return arguments;
  }
  [[nodiscard]] Outcome run(std::vector<std::string> arguments, const std::string& input = "",
                            std::vector<std::string> environment = {}) const {
    return Process(with_socket(std::move(arguments)), std::move(environment), input).finish();
  }
  [[nodiscard]] std::vector<std::string> calls() {
    return server_.on_loop([](Server&, MemoryOperations& operations) { return operations.calls; });
  }

  RunningServer server_;
};

}  // namespace sluice::ctl
