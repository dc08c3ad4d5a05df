// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/log_paths.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/intake/sources/glob_tail.h"
#include "daemon/intake/sources/journal_tail.h"

namespace sluice::app {
namespace {

constexpr std::size_t kMostMatches = 1024;

Result<std::vector<std::string>> matches_of(const std::string& pattern) {
  glob_t found{};
  const int outcome = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (outcome == 0 ? found.gl_pathc : 0));
  ::globfree(&found);
  if (paths.empty()) return Error(fmt::format("{}: no file matches", pattern));
  if (paths.size() > kMostMatches)
    return Error(fmt::format("{}: {} files match; at most {} are read", pattern, paths.size(), kMostMatches));
  std::ranges::sort(paths);
  return {boost::system::in_place_value, std::move(paths)};
}

// What a unit wrote, in memory: the reader goes back to its beginning.
Result<UniqueFd> read_journal(const std::string& path) {
  const auto match = intake::parse_journal(path);
  if (!match) return match.error();
  UniqueFd lines(::memfd_create("journal", MFD_CLOEXEC));
  if (!lines) return Error::system(path, errno);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, lines.get(), STDOUT_FILENO);
  std::array<std::string, 6> words = {"journalctl",   "--quiet",         "--no-pager",
                                      "--output=cat", "--lines=1000000", *match};
  std::array<char*, 7> arguments{};
  std::ranges::transform(words, arguments.begin(), [](std::string& word) { return word.data(); });
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Error::system(fmt::format("{}: journalctl", path), error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error(
        fmt::format("{}: journalctl fails; root and the group systemd-journal may read the journal", path));
  if (::lseek(lines.get(), 0, SEEK_END) <= 0)
    return Error(fmt::format("{}: the journal has no line of it", path));
  return lines;
}

}  // namespace

Result<std::vector<LogToRead>> open_logs(const std::vector<std::string>& paths) {
  std::vector<LogToRead> logs;
  for (const std::string& path : paths) {
    if (intake::is_journal(path)) {
      auto lines = read_journal(path);
      if (!lines) return lines.error();
      const std::string opened = fmt::format("/proc/self/fd/{}", lines->get());
      logs.push_back({path, opened, *std::move(lines)});
    } else if (intake::is_glob(path) && ::access(path.c_str(), F_OK) != 0) {
      auto matches = matches_of(path);
      if (!matches) return matches.error();
      for (const std::string& match : *matches)
        logs.push_back({match, match, {}});
    } else {
      logs.push_back({path, path, {}});
    }
  }
  return {boost::system::in_place_value, std::move(logs)};
}

}  // namespace sluice::app
