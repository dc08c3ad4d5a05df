// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/web_servers.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/local_page.h"
#include "ctl/setup/apache_config.h"
#include "ctl/setup/caddy_config.h"
#include "ctl/setup/command.h"
#include "ctl/setup/haproxy_config.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/nginx_config.h"
#include "ctl/setup/server_processes.h"
#include "daemon/base/file.h"
#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMostOfLog = std::size_t{256} * 1024;
constexpr std::size_t kMostOfFault = std::size_t{64} * 1024;

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

constexpr std::string_view kJournal = "journal:";

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

bool is_installed(std::string_view program) {
  return std::ranges::any_of(
      std::array{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"},
      [&](const char* folder) { return access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0; });
}

// The end of a log, from a whole line on.
std::string end_of(const std::string& path) {
  if (path.starts_with(kJournal)) {
    const auto said = run_command({"journalctl", fmt::format("--unit={}", path.substr(kJournal.size())),
                                   "--quiet", "--no-pager", "--output=cat", "--lines=1000"},
                                  kMostOfLog, false);
    return said ? said->text : std::string();
  }
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

using Processes = std::vector<ServerProcess>;

// "nginx: [emerg] ... in FILE:3" of what a server says of its configuration: the first line that says why it
// fails, else the last one.
std::string fault_in(std::string_view text) {
  std::string_view last;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_until(text, '\n'));
    for (const std::string_view mark : {"[emerg]", "[ALERT]", "yntax error", "Error:"}) {
      if (line.find(mark) == std::string_view::npos) continue;
      // Apache names the place in one line and says why in the next one.
      std::string said(line.substr(0, 500));
      if (said.ends_with(':')) said += fmt::format(" {}", trimmed(take_until(text, '\n')).substr(0, 500));
      return said;
    }
    if (!line.empty()) last = line;
  }
  return std::string(last.substr(0, 500));
}

// Says why a server refuses the configuration that is there, if it does. The one in force is then an older
// one.
void say_if_broken(const std::vector<std::string>& command, std::string_view server, Host& host) {
  const auto said = run_command(command, kMostOfFault, true);
  if (!said || said->status == 0) return;
  host.unseen.push_back(
      fmt::format("{} refuses its configuration as it is now: {}; mend it, and run setup again", server,
                  fault_in(said->text)));
}

// The process that was started with the command line: of nginx the master, elsewhere the first.
const ServerProcess* first_of(const Processes& processes) {
  return processes.empty() ? nullptr : &processes.front();
}

// "nginx: master process /usr/sbin/nginx -c FILE -g ..." -> -c FILE.
std::vector<std::string> nginx_options(const Processes& processes) {
  constexpr std::string_view kMaster = "nginx: master process ";
  std::vector<std::string> options;
  for (const ServerProcess& process : processes) {
    std::string command;
    for (const std::string& argument : process.arguments)
      command += argument + " ";
    if (!command.starts_with(kMaster)) continue;
    std::string_view rest = std::string_view(command).substr(kMaster.size());
    std::string_view before;
    while (!rest.empty()) {
      const std::string_view word = take_until(rest, ' ');
      if (before == "-c" || before == "-p")
        options.insert(options.end(), {std::string(before), std::string(word)});
      before = word;
    }
    break;
  }
  return options;
}

std::optional<ServerConfig> failed(Host& host, std::string what) {
  host.unseen.push_back(std::move(what));
  return std::nullopt;
}

std::optional<ServerConfig> look_at_nginx(const Processes& processes, Host& host) {
  std::vector<std::string> command = {"nginx", "-T"};
  const std::vector<std::string> options = nginx_options(processes);
  command.insert(command.end(), options.begin(), options.end());
  const auto said = run_command(command, kMaxServerConfig, false);
  if (!said)
    return failed(host,
                  fmt::format("nginx -T does not say how nginx is configured ({})", said.error().message()));
  if (said->status != 0) {
    command[1] = "-t";
    say_if_broken(command, "nginx", host);
    return failed(
        host,
        "nginx -T does not say how nginx is configured: its logs and ports are not known; as root it "
        "does where the configuration has no fault");
  }
  auto config = read_nginx_config(said->text);
  if (!config) return failed(host, config.error().message());
  return *std::move(config);
}

std::vector<std::string> haproxy_files(const Processes& processes) {
  std::vector<std::string> named;
  for (const ServerProcess& process : processes) {
    for (const std::string& file : values_of(process, "-f"))
      named.push_back(absolute_path(process, file));
    if (!named.empty()) break;
  }
  if (named.empty()) named.emplace_back("/etc/haproxy/haproxy.cfg");
  std::vector<std::string> files;
  for (const std::string& path : named) {
    std::vector<std::string> inside;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      if (entry.path().extension() == ".cfg") inside.push_back(entry.path());
    }
    std::ranges::sort(inside);
    if (error) inside = {path};
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

std::optional<ServerConfig> look_at_haproxy(const Processes& processes, Host& host) {
  std::vector<std::string> check = {"haproxy", "-c"};
  std::string text;
  std::string name;
  for (const std::string& file : haproxy_files(processes)) {
    auto part = read_file(file, kMaxServerConfig);
    if (!part)
      return failed(host, fmt::format("how HAProxy is configured is not known: {}", part.error().message()));
    text += *part + "\n";
    name += (name.empty() ? "" : "+") + file;
    check.insert(check.end(), {"-f", file});
  }
  say_if_broken(check, "HAProxy", host);
  auto config = read_haproxy_config(text, name);
  if (!config) return failed(host, config.error().message());
  return *std::move(config);
}

// The address as fetch_local_page() takes it, if it is one of this host alone; else empty.
std::string local_admin(std::string_view listen) {
  if (listen.starts_with("unix/")) return std::string(listen.substr(5));
  if (listen.starts_with("tcp/")) listen.remove_prefix(4);
  for (const std::string_view host : {"localhost:", "127.0.0.1:", "[::1]:"}) {
    if (listen.starts_with(host)) return std::string(listen);
  }
  return {};
}

// What runs counts: it is asked for over its admin API on this host. Else what stands in the file that it was
// started with.
std::optional<ServerConfig> look_at_caddy(const Processes& processes, Host& host) {
  std::vector<std::string> command = {"caddy", "adapt", "--config", "/etc/caddy/Caddyfile"};
  const ServerProcess* process = first_of(processes);
  if (process != nullptr) {
    if (const auto files = values_of(*process, "--config"); !files.empty())
      command.back() = absolute_path(*process, files.front());
    if (const auto adapters = values_of(*process, "--adapter"); !adapters.empty())
      command.insert(command.end(), {"--adapter", adapters.front()});
  }
  const std::string file = command[3];
  std::optional<CaddyConfig> written;
  if (file.ends_with(".json") && command.size() == 4) {
    const auto text = read_file(file, kMaxServerConfig);
    const auto config = text ? read_caddy_config(*text) : Result<CaddyConfig>(text.error());
    if (config)
      written = *config;
    else
      host.unseen.push_back(fmt::format("{}: {}", file, config.error().message()));
  } else if (const auto said = run_command(command, kMaxServerConfig, false); said && said->status == 0) {
    if (const auto config = read_caddy_config(said->text)) written = *config;
  } else {
    say_if_broken(command, "Caddy", host);
  }
  if (process != nullptr) {
    const std::string admin = local_admin(written ? written->admin : "localhost:2019");
    const auto page = admin.empty() ? Result<std::string>(Error("it has no admin API on this host"))
                                    : fetch_local_page(admin, "/config/", kMaxServerConfig);
    if (page) {
      if (auto config = read_caddy_config(*page)) return std::move(config->server);
    }
    if (written) {
      written->server.remarks.push_back(
          fmt::format("Caddy does not say what it runs with: {} counts, as it is now", file));
    }
  }
  if (!written)
    return failed(host, fmt::format("how Caddy is configured is not known: {} cannot be read", file));
  return std::move(written->server);
}

// export NAME=value$SUFFIX, as Debian's apache2ctl has them from a file.
std::map<std::string, std::string> apache_variables(const Processes& processes) {
  std::map<std::string, std::string> variables;
  const auto add = [&](std::string_view line) {
    const std::string_view name = take_until(line, '=');
    std::string value(trimmed(line, "\"'"));
    if (const auto suffix = value.find("$SUFFIX"); suffix != std::string::npos) value.resize(suffix);
    variables.emplace(name, std::move(value));
  };
  for (const ServerProcess& process : processes) {
    for (const std::string& value : environment_of(process, "APACHE_"))
      add(value);
  }
  const auto text = read_file("/etc/apache2/envvars", kMostOfFault);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    std::string_view line = trimmed(take_until(rest, '\n'));
    constexpr std::string_view kExport = "export APACHE_";
    if (line.starts_with(kExport) && line.find('=') != std::string_view::npos) add(line.substr(7));
  }
  return variables;
}

std::optional<ServerConfig> look_at_apache(const Processes& processes, Host& host) {
  // apache2ctl knows Debian's variables; a server that was started otherwise is asked by itself.
  std::vector<std::string> command = {is_installed("apache2ctl") ? "apache2ctl"
                                      : is_installed("apache2")  ? "apache2"
                                                                 : "httpd"};
  if (const ServerProcess* process = first_of(processes)) {
    for (const char* option : {"-f", "-d", "-D", "-C", "-c"}) {
      for (const std::string& value : values_of(*process, option))
        command.insert(command.end(), {option, value});
    }
  }
  command.emplace_back("-t");
  std::vector<std::string> list = command;
  list.insert(list.end(), {"-D", "DUMP_INCLUDES"});
  const auto said = run_command(list, kMaxServerConfig, false);
  const std::vector<std::string> paths = said ? apache_files_in(said->text) : std::vector<std::string>();
  say_if_broken(command, "Apache", host);
  if (paths.empty())
    return failed(host, "Apache does not say which files configure it: its logs and ports are not known");
  std::vector<ApacheFile> files;
  std::map<std::string, std::string> variables = apache_variables(processes);
  for (const std::string& path : paths) {
    auto text = read_file(path, kMaxServerConfig);
    if (!text)
      return failed(host, fmt::format("how Apache is configured is not known: {}", text.error().message()));
    files.push_back({path, *std::move(text)});
  }
  auto config = read_apache_config(files, std::move(variables));
  if (!config) return failed(host, config.error().message());
  for (const std::string& path : config->proxy_lists) {
    const auto text = read_file(path, kMaxServerConfig);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty() && config->server.trusted.size() < kMaxServerProxies) {
      std::string_view line = take_until(rest, '\n');
      line = trimmed(line.substr(0, line.find('#')));
      if (!line.empty()) config->server.trusted.emplace_back(line);
    }
  }
  return std::move(config->server);
}

using LookAt = std::optional<ServerConfig> (*)(const Processes&, Host&);

LookAt reader_of(std::string_view server) {
  if (server == "nginx") return look_at_nginx;
  if (server == "HAProxy") return look_at_haproxy;
  if (server == "Caddy") return look_at_caddy;
  if (server == "Apache") return look_at_apache;
  return nullptr;
}

// Where a log is that goes to this host's syslog: the file that Debian's packages let rsyslog write, else the
// journal, which takes what comes by that socket.
std::string place_of_syslog(std::string_view server, const std::string& unit) {
  if (server == "HAProxy" && access("/var/log/haproxy.log", F_OK) == 0) return "/var/log/haproxy.log";
  return unit.empty() ? std::string() : std::string(kJournal) + unit;
}

void take_logs(std::string_view server, const ServerConfig& config, const Processes& processes, Host& host) {
  const auto with_unit =
      std::ranges::find_if(processes, [](const auto& process) { return !process.unit.empty(); });
  const std::string unit = with_unit == processes.end() ? std::string() : with_unit->unit;
  for (const ServerLog& log : config.logs) {
    HostLog made{std::string(server), log.place, log.format, log.pattern, 0, {}};
    made.headers = log.headers;
    made.response_headers = log.response_headers;
    if (log.target == LogTarget::output) {
      if (unit.empty()) {
        host.unseen.push_back(
            fmt::format("{} logs to its standard output, and no unit of systemd puts that into the "
                        "journal: log to a file, and run setup again",
                        server));
        continue;
      }
      made.path = std::string(kJournal) + unit;
    } else if (log.target == LogTarget::syslog) {
      made.path = place_of_syslog(server, unit);
      if (made.path.empty()) {
        host.unseen.push_back(
            fmt::format("{} logs to this host's syslog, and which file has its lines is not known: "
                        "name it in sluice.toml, with format = \"{}\"",
                        server, log.format));
        continue;
      }
    } else if (log.target == LogTarget::sent) {
      made.listen = std::exchange(made.path, {});
      host.logs.push_back(std::move(made));
      continue;
    }
    add_log(host, std::move(made));
  }
}

template <class T>
void append(const std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

// nginx, Apache and HAProxy are started by root and load modules. Caddy's package starts it under a user of
// its own, and `caddy adapt` loads nothing.
bool is_believed(const ServerProcess& process) {
  return process.is_roots || (process.is_service && process.name == "caddy");
}

// Another file system for / is that of a container: its paths are not this host's.
bool is_in_container(const Processes& processes) {
  struct stat here {};
  if (processes.empty() || stat("/", &here) != 0) return false;
  return std::ranges::none_of(processes, [&](const ServerProcess& process) {
    return process.root == 0 || process.root == here.st_dev;
  });
}

void look_at_server(const Server& server, const Processes& processes, Host& host) {
  if (is_in_container(processes)) {
    host.unseen.push_back(
        fmt::format("{} runs in a container: how it is configured is not read; name its log as this "
                    "host sees it in sluice.toml",
                    server.name));
    return;
  }
  if (const LookAt look = reader_of(server.name)) {
    if (const auto config = look(processes, host)) {
      take_logs(server.name, *config, processes, host);
      append(config->ports, host.ports);
      append(config->trusted, host.trusted);
      append(config->unseen, host.unseen);
      append(config->remarks, host.remarks);
      return;
    }
  }
  for (const UsualLog& usual : kUsualLogs) {
    if (usual.server != server.name || access(std::string(usual.path).c_str(), F_OK) != 0) continue;
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

}  // namespace

void look_at_web_servers(Host& host) {
  std::vector<std::string_view> names;
  for (const Server& server : kServers)
    names.insert(names.end(), server.processes.begin(), server.processes.end());
  const Processes all = server_processes(names);
  for (const Server& server : kServers) {
    Processes processes;
    std::ranges::copy_if(all, std::back_inserter(processes), [&](const ServerProcess& process) {
      return std::ranges::find(server.processes, process.name) != server.processes.end();
    });
    if (processes.empty() && std::ranges::none_of(server.processes, is_installed)) continue;
    host.servers.push_back(fmt::format("{}, {}", server.name, processes.empty() ? "installed" : "running"));
    // Workers, which run as another user, say nothing that their master does not.
    if (reader_of(server.name) != nullptr && !processes.empty()) {
      std::erase_if(processes, [](const ServerProcess& process) { return !is_believed(process); });
      if (processes.empty()) {
        host.unseen.push_back(fmt::format(
            "no process of {} runs as root: how it is configured is not read; name its log in sluice.toml",
            server.name));
        continue;
      }
    }
    // One that does not run shows nobody anything, unless none runs yet.
    if (!processes.empty() || all.empty()) look_at_server(server, processes, host);
  }
  std::ranges::sort(host.ports);
  host.ports.erase(std::unique(host.ports.begin(), host.ports.end()), host.ports.end());
}

}  // namespace sluice::ctl
