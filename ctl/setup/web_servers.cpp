// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/web_servers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/setup/command.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/nginx_config.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMostOfLog = 256 * 1024;

struct Server {
  std::string_view name;
  std::array<std::string_view, 2> processes;
};
// The kernel keeps 15 letters of a process's name.
constexpr std::array<Server, 8> kServers = {{{"nginx", {"nginx", "nginx"}},
                                             {"Apache", {"apache2", "httpd"}},
                                             {"HAProxy", {"haproxy", "haproxy"}},
                                             {"Caddy", {"caddy", "caddy"}},
                                             {"lighttpd", {"lighttpd", "lighttpd"}},
                                             {"Traefik", {"traefik", "traefik"}},
                                             {"Envoy", {"envoy", "envoy"}},
                                             {"GitLab", {"gitlab-workhors", "gitlab-workhorse"}}}};

// Where their packages let them log, for those whose configuration is not read.
struct UsualLog {
  std::string_view server, path, format, pattern;
};
constexpr std::array<UsualLog, 9> kUsualLogs = {
    {{"Apache", "/var/log/apache2/access.log", "combined", ""},
     {"Apache", "/var/log/apache2/other_vhosts_access.log", "vhost_combined", ""},
     {"HAProxy", "/var/log/haproxy.log", "haproxy", ""},
     {"Caddy", "/var/log/caddy/access.log", "json", "caddy"},
     {"lighttpd", "/var/log/lighttpd/access.log", "lighttpd", ""},
     {"Traefik", "/var/log/traefik/access.log", "combined", ""},
     {"Envoy", "/var/log/envoy/access.log", "envoy", ""},
     {"GitLab", "/var/log/gitlab/nginx/gitlab_access.log", "combined", ""},
     {"GitLab", "/var/log/gitlab/gitlab-workhorse/current", "json", "gitlab"}}};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The network namespace of a process: a server in a container serves that one's interfaces, not this host's.
std::optional<ino_t> network_of(std::string_view process) {
  struct stat info {};
  if (stat(fmt::format("/proc/{}/ns/net", process).c_str(), &info) != 0) return std::nullopt;
  return info.st_ino;
}

struct Process {
  std::string name;
  std::string command;  // its command line, spaces for NULs
};

std::vector<Process> processes_here() {
  std::vector<Process> found;
  const auto here = network_of("self");
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename();
    if (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string name = read_file(entry.path() / "comm");
    if (name.ends_with('\n')) name.pop_back();
    const bool known = std::ranges::any_of(kServers, [&](const Server& server) {
      return std::ranges::find(server.processes, name) != server.processes.end();
    });
    if (!known || network_of(pid) != here) continue;
    std::string command = read_file(entry.path() / "cmdline");
    std::ranges::replace(command, '\0', ' ');
    found.push_back({std::move(name), std::move(command)});
  }
  return found;
}

bool is_installed(std::string_view program) {
  return std::ranges::any_of(
      std::array{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"},
      [&](const char* folder) { return access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0; });
}

// "nginx: master process /usr/sbin/nginx -c FILE -g ..." -> nginx -T with the same configuration.
std::vector<std::string> nginx_test(const std::vector<Process>& processes) {
  constexpr std::string_view kMaster = "nginx: master process ";
  std::vector<std::string> command = {"nginx", "-T"};
  const auto master = std::ranges::find_if(
      processes, [&](const Process& process) { return process.command.starts_with(kMaster); });
  if (master == processes.end()) return command;
  std::string_view rest = std::string_view(master->command).substr(kMaster.size());
  std::string_view before;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (before == "-c" || before == "-p")
      command.insert(command.end(), {std::string(before), std::string(word)});
    before = word;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return command;
}

// The end of a log, from a whole line on.
std::string end_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
  const std::size_t begin = size > kMostOfLog ? size - kMostOfLog : 0;
  file.seekg(static_cast<std::streamoff>(begin));
  std::string text(size - begin, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (begin > 0) text.erase(0, std::min(text.find('\n'), text.size()));
  return text;
}

// Where the server's configuration is not read, the log itself says in which format it is, as far as `sluiced
// recognise` can tell.
void recognise(HostLog& log) {
  constexpr std::size_t kMaxAnswer = std::size_t{16} * 1024;
  const auto said = run_command({"sluiced", "recognise", log.path}, kMaxAnswer, false);
  if (!said || said->status != 0) return;
  const auto value_of = [&](std::string_view key) {
    const std::string begin = fmt::format("\n{} = \"", key);
    const auto at = said->text.find(begin);
    if (at == std::string::npos) return std::string();
    const auto value = said->text.substr(at + begin.size());
    return value.substr(0, value.find('"'));
  };
  const std::string format = value_of("format");
  if (format.empty() || format == "nginx" || format == "apache") return;  // those are the configuration's
  log.format = format;
  log.pattern = value_of("preset");
}

void add_log(Host& host, HostLog log) {
  const LogClients clients = clients_in(end_of(log.path));
  log.lines = clients.lines;
  log.proxies = clients.few;
  host.logs.push_back(std::move(log));
}

void look_at_nginx(Host& host, const std::vector<Process>& processes) {
  const auto said = run_command(nginx_test(processes), kMaxNginxConfig, false);
  if (!said || said->status != 0) {
    host.remarks.push_back(
        fmt::format("nginx -T does not say how nginx is configured ({}); as root it does",
                    said ? fmt::format("status {}", said->status) : said.error().message()));
    return;
  }
  const auto config = read_nginx_config(said->text);
  if (!config) {
    host.remarks.push_back(config.error().message());
    return;
  }
  host.remarks.insert(host.remarks.end(), config->remarks.begin(), config->remarks.end());
  host.real_ip_from = config->real_ip_from;
  std::vector<NginxLog> logs = config->logs;
  if (logs.empty() && config->remarks.empty()) logs.push_back({"/var/log/nginx/access.log", "combined"});
  for (const NginxLog& log : logs) {
    HostLog made{"nginx", log.path, "combined", {}, 0, {}};
    if (log.format != "combined") {
      const auto format = std::ranges::find(config->formats, log.format, &NginxFormat::name);
      if (format == config->formats.end()) {
        host.remarks.push_back(fmt::format("{}: there is no log_format {}", log.path, log.format));
        continue;
      }
      made.format = "nginx";
      made.pattern = format->directive;
    }
    add_log(host, std::move(made));
  }
}

}  // namespace

void look_at_web_servers(Host& host) {
  const auto processes = processes_here();
  for (const Server& server : kServers) {
    const bool running = std::ranges::any_of(processes, [&](const Process& process) {
      return std::ranges::find(server.processes, process.name) != server.processes.end();
    });
    if (!running && std::ranges::none_of(server.processes, is_installed)) continue;
    host.servers.push_back(fmt::format("{}, {}", server.name, running ? "running" : "installed"));
    if (server.name == "nginx") look_at_nginx(host, processes);
    for (const UsualLog& usual : kUsualLogs) {
      if (usual.server == server.name && access(std::string(usual.path).c_str(), F_OK) == 0) {
        HostLog log{std::string(usual.server),
                    std::string(usual.path),
                    std::string(usual.format),
                    std::string(usual.pattern),
                    0,
                    {}};
        recognise(log);
        add_log(host, std::move(log));
      }
    }
  }
}

}  // namespace sluice::ctl
