// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/server_processes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1024} * 1024;  // of one file of /proc

std::string read_proc(const std::string& pid, std::string_view file) {
  std::ifstream stream(fmt::format("/proc/{}/{}", pid, file), std::ios::binary);
  std::string text(kMostBytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return text;
}

// A server in a container serves that one's interfaces, not this host's.
std::optional<ino_t> network_of(std::string_view process) {
  struct stat info {};
  if (stat(fmt::format("/proc/{}/ns/net", process).c_str(), &info) != 0) return std::nullopt;
  return info.st_ino;
}

std::vector<std::string> split_at_nul(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty())
    parts.emplace_back(take_until(text, '\0'));
  return parts;
}

// The real and the effective user. The owner of /proc/PID says less: it is root's for whoever asks not to be
// traced.
bool runs_as_root(const std::string& pid) {
  const std::string status = read_proc(pid, "status");
  const auto at = status.find("\nUid:\t");
  return at != std::string::npos && std::string_view(status).substr(at).starts_with("\nUid:\t0\t0\t");
}

// "0::/system.slice/caddy.service" -> "caddy.service", if its standard error is a stream to the journal.
std::string journal_unit(const std::string& pid, std::string_view groups) {
  std::error_code error;
  const std::string output = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/2", pid), error);
  if (error || !output.starts_with("socket:")) return {};
  constexpr std::string_view kService = ".service";
  std::string_view rest = groups;
  while (!rest.empty()) {
    std::string_view path = take_until(rest, '\n');
    while (!path.empty()) {
      const std::string_view part = take_until(path, '/');
      if (part.size() > kService.size() && part.ends_with(kService)) return std::string(part);
    }
  }
  return {};
}

}  // namespace

std::vector<ServerProcess> server_processes(std::span<const std::string_view> names) {
  std::vector<ServerProcess> found;
  const auto here = network_of("self");
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    ServerProcess process;
    process.pid = entry.path().filename();
    if (process.pid.find_first_not_of("0123456789") != std::string::npos) continue;
    process.name = read_proc(process.pid, "comm");
    if (process.name.ends_with('\n')) process.name.pop_back();
    if (std::ranges::find(names, process.name) == names.end() || network_of(process.pid) != here) continue;
    process.arguments = split_at_nul(read_proc(process.pid, "cmdline"));
    const std::string groups = read_proc(process.pid, "cgroup");
    process.unit = journal_unit(process.pid, groups);
    process.is_roots = runs_as_root(process.pid);
    process.is_service = groups.find(":/system.slice/") != std::string::npos;
    struct stat info {};
    if (stat(fmt::format("/proc/{}/root/", process.pid).c_str(), &info) == 0) process.root = info.st_dev;
    found.push_back(std::move(process));
  }
  return found;
}

std::vector<std::string> values_of(const ServerProcess& process, std::string_view option) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i + 1 < process.arguments.size(); ++i) {
    if (process.arguments[i] == option) values.push_back(process.arguments[i + 1]);
  }
  return values;
}

std::string absolute_path(const ServerProcess& process, const std::string& path) {
  if (path.starts_with('/')) return path;
  std::error_code error;
  const std::string folder = std::filesystem::read_symlink(fmt::format("/proc/{}/cwd", process.pid), error);
  return error ? path : fmt::format("{}/{}", folder, path);
}

std::vector<std::string> environment_of(const ServerProcess& process, std::string_view prefix) {
  std::vector<std::string> values = split_at_nul(read_proc(process.pid, "environ"));
  std::erase_if(values, [&](const std::string& value) { return !value.starts_with(prefix); });
  return values;
}

}  // namespace sluice::ctl
