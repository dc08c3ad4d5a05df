// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/command.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::ctl {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

// What it is started with; freed whatever comes of it.
class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }

  void open(int fd, const char* path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, fd, path, flags, 0);
  }
  void take(int from, int fd) { posix_spawn_file_actions_adddup2(&actions_, from, fd); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Everything it prints; ended early where it prints or takes too much.
Result<std::string> read_all(int fd, std::size_t limit) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{fd, POLLIN, 0};
    const int count = left.count() > 0 ? poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (count == 0) return Error("it does not end");
    const ssize_t size = count > 0 ? read(fd, buffer.data(), buffer.size()) : -1;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error::system("reading what it prints", errno);
    if (size == 0) return {boost::system::in_place_value, std::move(text)};
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > limit) return Error("it prints too much");
  }
}

}  // namespace

Result<CommandOutput> run_command(const std::vector<std::string>& arguments, std::size_t limit, bool errors) {
  const std::string& program = arguments.front();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error::system(program, errno);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  Actions actions;
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.take(in.get(), STDOUT_FILENO);
  if (errors) {
    actions.take(in.get(), STDERR_FILENO);
  } else {
    actions.open(STDERR_FILENO, "/dev/null", O_WRONLY);
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn changes none of them
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = posix_spawnp(&pid, argv.front(), actions.get(), nullptr, argv.data(), environ)) {
    return Error::system(program, error);
  }
  in = UniqueFd();
  auto text = read_all(out.get(), limit);
  if (!text) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return text.error().in(program);
  return CommandOutput{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), *std::move(text)};
}

}  // namespace sluice::ctl
