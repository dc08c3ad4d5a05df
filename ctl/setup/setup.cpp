// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/setup.h"

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/setup/command.h"
#include "ctl/setup/host.h"
#include "ctl/setup/proposal.h"
#include "ctl/setup/site_routes.h"
#include "daemon/base/unique_fd.h"
#include "daemon/control/protocol/codec.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxConfig = 1024 * 1024;

Result<std::string> read_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error(
        fmt::format("{}: cannot be read; the package ships one, and "
                    "another is in /usr/share/doc/sluice/examples",
                    path));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.size() > kMaxConfig) return Error(fmt::format("{}: longer than 1 MiB", path));
  return {boost::system::in_place_value, std::move(text)};
}

// Beside the file, so that a rename puts it in its place; removed unless it was.
class NewFile {
 public:
  explicit NewFile(const std::string& beside) : path_(fmt::format("{}.new-{}", beside, getpid())) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() { unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

  Result<void> write(const std::string& text, mode_t mode) const {
    const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) return Error::system(path_, errno);
    const ssize_t written = ::write(fd.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0)
      return Error::system(path_, errno);
    return {};
  }

 private:
  std::string path_;
};

Result<std::string> put_in_place(const NewFile& made, const std::string& file) {
  const std::time_t now = std::time(nullptr);
  const std::string kept = fmt::format("{}.{:%Y%m%dT%H%M%SZ}", file, fmt::gmtime(now));
  if (link(file.c_str(), kept.c_str()) != 0)
    return Error::system(fmt::format("keeping {} as {}", file, kept), errno);
  if (rename(made.path().c_str(), file.c_str()) != 0) return Error::system(file, errno);
  return {boost::system::in_place_value, kept};
}

std::string host_text(const Host& host, const Style& style) {
  std::string text = style.bold("Interfaces") + "\n";
  Table table({{""}, {""}, {""}, {""}, {""}}, 2);
  for (const HostInterface& interface : host.interfaces) {
    table.add({interface.name, fmt::format("{}", fmt::join(interface.addresses, " ")),
               interface.default_route ? "default route" : "",
               interface.driver.empty() ? "no device" : interface.driver,
               interface.native_likely ? "native XDP is likely" : "generic XDP is likely"});
  }
  text += table.text(style) + "\n" + style.bold("Web servers") + "\n";
  for (const std::string& server : host.servers)
    text += fmt::format("  {}\n", printable(server));
  if (host.servers.empty()) text += "  none\n";
  for (const HostLog& log : host.logs)
    text += fmt::format("  {} logs to {}, format {}\n", log.server,
                        printable(log.path.empty() ? log.listen : log.path), log.format);
  return text;
}

std::string sentences(std::string_view title, const std::vector<std::string>& all, const Style& style) {
  if (all.empty()) return {};
  std::string text = "\n" + style.bold(title) + "\n";
  for (const std::string& sentence : all)
    text += fmt::format("  {}\n", printable(sentence));
  return text;
}

std::string site_text(const LookAtSite& site, const Style& style) {
  if (site.files.empty()) return {};
  std::string text = "\n" + style.bold("Site") + "\n";
  for (const std::string& file : site.files)
    text += fmt::format("  {} was read, its newest {} MiB if it is longer\n", printable(file), kNewestMib);
  if (!site.failure.empty() || site.files.empty()) return text;
  return text + fmt::format("  {}, {} for pages and images that were served\n",
                            plural(site.found.requests, "request"), count(site.found.noted));
}

std::string json_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values)
    text += (text.empty() ? "" : ",") + control::to_json(value);
  return "[" + text + "]";
}

std::string as_json(const LookAtSite& site) {
  std::vector<std::string> patterns;
  for (const FoundRoute& route : site.found.routes) {
    if (route.looks_like_people) patterns.push_back(route.pattern);
  }
  std::vector<std::string> software;
  for (const FoundSoftware& found : site.found.software) {
    if (found.clear) software.push_back(found.name);
  }
  return fmt::format(
      R"({{"files":{},"newest_mib":{},"requests":{},"noted":{},"looks_like_people":{},"software":{}}})",
      json_list(site.files), kNewestMib, site.found.requests, site.found.noted, json_list(patterns),
      json_list(software));
}

std::string as_json(const Host& host, const LookAtSite& site, const Proposal& proposal,
                    const std::string& file, bool changed, const std::string& kept) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  std::string interfaces;
  for (const HostInterface& interface : host.interfaces) {
    interfaces += fmt::format(
        R"({}{{"name":{},"addresses":{},"default_route":{},"driver":{},"mtu":{},"native_likely":{},"remedy":{}}})",
        interfaces.empty() ? "" : ",", control::to_json(interface.name), json_list(interface.addresses),
        flag(interface.default_route), control::to_json(interface.driver), interface.mtu,
        flag(interface.native_likely), control::to_json(interface.remedy));
  }
  std::string logs;
  for (const HostLog& log : host.logs) {
    logs += fmt::format(R"({}{{"server":{},"path":{},"format":{},"pattern":{},"lines":{},"proxies":{}}})",
                        logs.empty() ? "" : ",", control::to_json(log.server), control::to_json(log.path),
                        control::to_json(log.format), control::to_json(log.pattern), log.lines,
                        json_list(log.proxies));
  }
  return fmt::format(
      R"({{"interfaces":[{}],"servers":{},"logs":[{}],"management":{},"ports":[{}],"reasons":{},"unseen":{},"remarks":{},"file":{},"fits":{},"changed":{},)"
      R"("written":{},"kept":{},"config":{},"site":{}}})",
      interfaces, json_list(host.servers), logs, control::to_json(host.management),
      fmt::join(host.ports, ","), json_list(proposal.reasons), json_list(proposal.unseen),
      json_list(proposal.remarks), control::to_json(file), flag(proposal.fits()), flag(changed),
      flag(!kept.empty()), control::to_json(kept), control::to_json(proposal.text), as_json(site));
}

// In the formats that the proposal names, if it can be written; else in those of what is there.
LookAtSite look_at_site(const std::string& file, const Proposal& proposal) {
  const std::vector<std::string> logs = logs_to_look_at(proposal.text);
  if (logs.empty()) return {};
  NewFile trial(file);
  const auto written = trial.write(proposal.text, S_IRUSR | S_IWUSR);
  return ctl::look_at_site(written ? trial.path() : file, logs);
}

// What `sluiced check-config` says against a configuration; empty: nothing.
Result<std::string> faults_of(const std::string& path) {
  const auto checked = run_command({"sluiced", "check-config", path}, kMaxConfig, true);
  if (!checked) return checked.error();
  return {boost::system::in_place_value, checked->status == 0 ? std::string() : checked->text};
}

// A log whose format is refused would keep all others from being written. It is left out, and named.
void leave_out_refused(const std::string& file, Host& host) {
  std::erase_if(host.logs, [&](const HostLog& log) {
    if (log.pattern.empty() && log.headers.empty()) return false;
    const NewFile trial(file);
    if (!trial.write(config_with(log), S_IRUSR | S_IWUSR)) return false;
    const auto faults = faults_of(trial.path());
    if (!faults || faults->empty()) return false;
    // "FILE:4: log[0].pattern: why"; the file is gone when it is read.
    std::string why = faults->substr(0, faults->find('\n'));
    if (why.starts_with(trial.path())) why.erase(0, std::min(why.find(' ') + 1, why.size()));
    host.unseen.push_back(fmt::format("log: {} writes {} in a format that is refused, so it is left out: {}",
                                      log.server, log.path.empty() ? log.listen : log.path, why));
    return true;
  });
}

bool consents(const std::string& file) {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) return false;
  fmt::print("\nWrite {}? [y/N] ", file);
  std::fflush(stdout);
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

}  // namespace

int setup(const Context& context, const SetupArguments& arguments) {
  const std::string& file = arguments.file;
  const auto before = read_config(file);
  if (!before) return fail(kFailed, before.error().message());
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return fail(kFailed, Error::system(file, errno).message());
  Host host = look_at_host();
  leave_out_refused(file, host);
  auto proposal = propose(*before, host);
  if (!proposal) return fail(kFailed, fmt::format("{}: {}", file, proposal.error().message()));
  const LookAtSite site = look_at_site(file, *proposal);
  propose_routes(site, *proposal);
  const bool changed = !proposal->reasons.empty();
  if (!changed) {
    const auto faults = faults_of(file);
    if (!faults) return fail(kFailed, faults.error().message());
    if (!faults->empty()) return fail(kFailed, fmt::format("{} has faults:\n{}", file, *faults));
  }

  if (!context.json) {
    fmt::print("{}{}{}{}{}", host_text(host, context.style), site_text(site, context.style),
               sentences("To be set", proposal->reasons, context.style),
               sentences("Not seen", proposal->unseen, context.style),
               sentences("To be looked at", proposal->remarks, context.style));
    if (proposal->fits())
      fmt::print("\n{} fits this host already.\n", file);
    else if (!changed)
      fmt::print("\n{} stays as it is. Whether it fits this host is open: see above what is not seen.\n",
                 file);
  }
  std::string kept;
  if (changed) {
    NewFile made(file);
    if (auto written = made.write(proposal->text, info.st_mode & ACCESSPERMS); !written) {
      // Whoever may not write may still see.
      if (arguments.yes) return fail(kFailed, written.error().message());
      fmt::print("{}", context.json
                           ? as_json(host, site, *proposal, file, changed, kept) + "\n"
                           : fmt::format("\n{}: nothing can be written\n", written.error().message()));
      return kOk;
    }
    const auto faults = faults_of(made.path());
    if (!faults) return fail(kFailed, faults.error().message());
    if (!faults->empty())
      return fail(kFailed, fmt::format("the proposal has faults, nothing was written:\n{}", *faults));
    if (!context.json) {
      const auto difference = run_command(
          {"diff", "-u", "--label", file, "--label", "proposed", file, made.path()}, 2 * kMaxConfig, false);
      if (difference) {
        fmt::print("\n");
        std::istringstream lines(difference->text);
        for (std::string line; std::getline(lines, line);)
          fmt::print("{}\n", printable(line));
      }
    }
    if (arguments.yes || (!context.json && consents(file))) {
      const auto in_place = put_in_place(made, file);
      if (!in_place) return fail(kFailed, in_place.error().message());
      kept = *in_place;
    }
  }
  if (context.json) {
    fmt::print("{}\n", as_json(host, site, *proposal, file, changed, kept));
  } else if (!kept.empty()) {
    fmt::print("\nWritten; what was there is {}. In force with: systemctl reload sluice-filter sluiced\n",
               kept);
  } else if (changed) {
    fmt::print("\nNothing was written; --yes writes without asking.\n");
  }
  return kOk;
}

void add_setup_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<SetupArguments>();
  CLI::App* command =
      app.add_subcommand("setup", "Look at this host and propose a configuration; asks the daemon nothing");
  command->add_option("--file", arguments->file, "The configuration")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_flag("--yes", arguments->yes, "Write it without asking");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return setup(context, *arguments); };
  });
}

}  // namespace sluice::ctl
