// SPDX-License-Identifier: Apache-2.0
#include "ctl/support/gather.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/doctor.h"
#include "ctl/local_page.h"
#include "ctl/setup/command.h"
#include "ctl/setup/interfaces.h"
#include "ctl/support/redactor.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

using control::DecisionRow;

constexpr std::size_t kMaxText = 16U << 20U;  // of what a program, a file or a server says
constexpr std::size_t kMaxDecisions = 10'000;
constexpr std::size_t kExplained = 20;
constexpr uid_t kFirstPerson = 1000;  // below it are the system's own users (Debian policy 9.2.2)

// One for each thing that is gathered; they hand on what is learnt of names.
class Gatherer {
 public:
  Gatherer(const Context& context, const SupportArguments& arguments, const Pseudonyms& pseudonyms)
      : context_(context), arguments_(arguments), redactor_(pseudonyms) {
    hide_names_of_this_host();
  }

  Gathered gather() {
    add_versions();
    add_interfaces();
    add_configuration();
    add_decisions();  // early: they name the operators
    add_status();
    add_doctor();
    add_lists();
    add_explanations();
    add_metrics();
    add_log();
    return std::move(gathered_);
  }

 private:
  void hide_names_of_this_host() {
    utsname host{};
    if (uname(&host) == 0 && std::string_view(host.nodename) != "localhost")
      redactor_.hide(host.nodename, "host");
    setpwent();
    while (const passwd* user = getpwent()) {
      if (user->pw_uid >= kFirstPerson && std::string_view(user->pw_name) != "nobody")
        redactor_.hide(user->pw_name, "user");
    }
    endpwent();
  }

  void add(std::string name, std::string text, std::string what) {
    gathered_.members.push_back({std::move(name), std::move(text), std::move(what)});
  }
  void miss(std::string name, const std::string& why) {
    gathered_.missing.push_back({std::move(name), redactor_.text(why)});
  }

  // Asks one question of its own connection.
  template <class Answer>
  [[nodiscard]] Result<Answer> ask(const control::Request& request) const {
    auto client = Client::connect(context_.socket);
    if (!client) return client.error();
    return client->ask<Answer>(request);
  }

  void add_versions() {
    const auto daemon = ask<control::VersionAnswer>(control::VersionRequest{});
    std::string text = fmt::format("time: {}\nsluicectl: {}\nsluiced: {}\n", format_time(wall_now()),
                                   SLUICE_VERSION, daemon ? daemon->version : "does not answer");
    utsname kernel{};
    if (uname(&kernel) == 0)
      text += fmt::format("kernel: {} {} {}\n", kernel.sysname, kernel.release, kernel.machine);
    std::ifstream release("/etc/os-release");
    for (std::string line; std::getline(release, line);) {
      if (line.starts_with("PRETTY_NAME=") || line.starts_with("VERSION_ID="))
        text += fmt::format("distribution: {}\n", line);
    }
    text += fmt::format("processors: {}\n", sysconf(_SC_NPROCESSORS_ONLN));
    add("versions.txt", std::move(text), "versions of Sluice, the kernel and the distribution");
  }

  void add_interfaces() {
    std::string text;
    for (const HostInterface& interface : look_at_interfaces()) {
      text += fmt::format("{}: driver {}, mtu {}, {}{}\n", interface.name,
                          interface.driver.empty() ? "none" : interface.driver, interface.mtu,
                          interface.default_route ? "default route" : "no default route",
                          interface.remedy.empty() ? "" : "; " + interface.remedy);
      for (const std::string& address : interface.addresses)
        text += fmt::format("  {}\n", address);
    }
    add("interfaces.txt", redactor_.text(text), "network interfaces, their drivers and addresses");
  }

  void add_configuration() {
    // Each setting in force with its place, and no comment: those hold whatever an operator wrote there.
    const std::string name = "configuration.txt";
    auto output = run_command({"sluiced", "check-config", "--effective", arguments_.config}, kMaxText, true);
    if (!output)
      output = run_command({"/usr/sbin/sluiced", "check-config", "--effective", arguments_.config}, kMaxText,
                           true);
    if (!output) return miss(name, output.error().message());
    keep_what_is_ours(output->text);
    add(name, redactor_.text(output->text),
        output->status == 0 ? "every setting in force, and where it comes from"
                            : "what is wrong with the configuration");
  }

  // Keys, and what routes and folders of assets are called: nobody's name.
  void keep_what_is_ours(const std::string& settings) {
    std::istringstream lines(settings);
    for (std::string line; std::getline(lines, line);) {
      const auto equals = line.find(" = ");
      if (equals == std::string::npos) continue;
      const std::string key = line.substr(0, equals);
      redactor_.keep(key);
      if (key == "route" || key == "assets.prefixes") keep_parts(line.substr(equals));
      if (key == "metrics.listen") metrics_ = between_quotes(line.substr(equals));
    }
  }

  static std::string between_quotes(const std::string& text) {
    const auto begin = text.find('"');
    const auto end = text.find('"', begin + 1);
    return begin == std::string::npos || end == std::string::npos ? ""
                                                                  : text.substr(begin + 1, end - begin - 1);
  }

  void keep_parts(const std::string& paths) {
    std::size_t begin = 0;
    while (begin < paths.size()) {
      const std::size_t end = std::min(paths.find_first_of("/\"", begin), paths.size());
      const std::string part = paths.substr(begin, end - begin);
      if (begin > 0 && paths[begin - 1] == '/' && !part.empty()) redactor_.keep(part);
      begin = end + 1;
    }
  }

  // Somebody else's words.
  static void leave_out(std::string& words) {
    if (!words.empty()) words = fmt::format("{} bytes left out", words.size());
  }

  void take_out_words_of(DecisionRow& decision) {
    std::string& name = decision.actor.name;
    if (decision.actor.kind != control::ActorKind::operator_ || name.empty()) return;
    redactor_.hide(name, "user");
    name = redactor_.text(name);
    if (!decision.reason.empty()) decision.reason = fmt::format("{} bytes left out", decision.reason.size());
  }

  void add_decisions() {
    const std::string name = "decisions.json";
    auto client = Client::connect(context_.socket);
    if (!client) return miss(name, client.error().message());
    std::vector<DecisionRow> decisions;
    bool all = true;
    auto answer = client->ask<control::ListAnswer>(control::ListRequest{});
    while (true) {
      if (!answer) return miss(name, answer.error().message());
      for (DecisionRow& decision : answer->decisions) {
        all = decisions.size() < kMaxDecisions;
        if (!all) break;
        decisions.push_back(std::move(decision));
      }
      if (!answer->more || !all) break;
      answer = client->next<control::ListAnswer>();
    }
    std::string text;
    for (DecisionRow& decision : decisions) {
      if (decision.actor.kind == control::ActorKind::detector)
        explained_.emplace_back(decision.since, decision.source.prefix());
      take_out_words_of(decision);
      text += redactor_.text(control::to_json(decision)) + "\n";
    }
    add(name, std::move(text),
        fmt::format("decisions in force{}", all ? "" : fmt::format(", the first {}", kMaxDecisions)));
  }

  void add_explanations() {
    // The latest: a report is seldom about anything else.
    std::ranges::sort(explained_, std::greater());
    if (explained_.size() > kExplained) explained_.resize(kExplained);
    std::string text;
    for (const auto& [since, source] : explained_) {
      auto answer = ask<control::ExplainAnswer>(control::ExplainRequest{control::WrittenPrefix(source)});
      if (!answer) return miss("explanations.json", answer.error().message());
      for (control::DecisionDetail& detail : answer->in_force)
        take_out_words_of(detail.decision);
      text += redactor_.text(control::to_json(*answer)) + "\n";
    }
    add("explanations.json", std::move(text),
        fmt::format("why the detector decided, of its latest {} at most", kExplained));
  }

  void add_status() {
    auto answer = ask<control::StatusAnswer>(control::StatusRequest{});
    if (!answer) return miss("status.json", answer.error().message());
    for (control::LogStatus& log : answer->logs)
      leave_out(log.unreadable_example);
    for (control::CheckRow& row : answer->checks)
      leave_out(row.example);
    add("status.json", redactor_.text(control::to_json(*answer)) + "\n", "sluicectl status");
  }

  void add_doctor() {
    std::string text;
    for (control::CheckRow& row : examine(context_)) {
      leave_out(row.example);
      text += redactor_.text(control::to_json(row)) + "\n";
    }
    add("doctor.json", std::move(text), "sluicectl doctor");
  }

  void add_lists() {
    const auto answer = ask<control::ListsAnswer>(control::ListsRequest{});
    if (!answer) return miss("lists.json", answer.error().message());
    std::string text;
    for (const control::ListStatus& list : answer->lists)
      text += redactor_.text(control::to_json(list)) + "\n";
    add("lists.json", std::move(text), "sluicectl lists; not what is in them");
  }

  void add_metrics() {
    if (metrics_.empty())
      return miss("metrics.txt", "metrics.listen is empty; status.json and lists.json have the same numbers");
    auto page = fetch_local_page(metrics_, "/metrics", kMaxText);
    if (!page) return miss("metrics.txt", page.error().message());
    add("metrics.txt", redactor_.text(*page), "metrics for Prometheus");
  }

  void add_log() {
    const std::string name = "log.txt";
    std::deque<std::string> lines;
    const auto take_lines = [&](std::istream& from) {
      for (std::string line; std::getline(from, line);) {
        lines.push_back(redactor_.log_line(line));
        if (lines.size() > arguments_.lines) lines.pop_front();
      }
    };
    if (arguments_.log.empty()) {
      const auto output =
          run_command({"journalctl", "--unit=sluiced", "--unit=sluice-filter", "--quiet", "--no-pager",
                       "--no-hostname", "--output=short-iso", fmt::format("--lines={}", arguments_.lines)},
                      kMaxText, false);
      if (!output) return miss(name, output.error().message());
      if (output->text.empty())
        return miss(name,
                    "the journal has no line of sluiced or sluice-filter that "
                    "you may read (root and the group systemd-journal may)");
      std::istringstream stream(output->text);
      take_lines(stream);
    } else {
      std::ifstream file(arguments_.log);
      if (!file) return miss(name, Error::system(arguments_.log, errno).message());
      take_lines(file);
    }
    std::string text;
    for (const std::string& line : lines)
      text += line + "\n";
    add(name, std::move(text), fmt::format("the last {} lines of the log", lines.size()));
  }

  const Context& context_;
  const SupportArguments& arguments_;
  Redactor redactor_;
  std::string metrics_;  // where they are
  std::vector<std::pair<WallTime, Prefix>> explained_;
  Gathered gathered_;
};

}  // namespace

Gathered gather(const Context& context, const SupportArguments& arguments, const Pseudonyms& pseudonyms) {
  return Gatherer(context, arguments, pseudonyms).gather();
}

}  // namespace sluice::ctl
