// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/checkup.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/health/log_facts.h"
#include "daemon/detection/site/coverage.h"

namespace sluice::app {
namespace {

constexpr std::string_view kAttach = "Run `systemctl reload sluice-filter`, or `sluiced attach`.";

// Collects the rows of one area; where none is worse than well, says that it is.
class Area {
 public:
  Area(std::vector<control::CheckRow>& rows, std::string_view name)
      : rows_(rows), name_(name), begin_(rows.size()) {}

  void critical(std::string text, std::string_view remedy, std::string example = {}) {
    add(control::CheckState::critical, std::move(text), remedy, std::move(example));
  }
  void warning(std::string text, std::string_view remedy, std::string example = {}) {
    add(control::CheckState::warning, std::move(text), remedy, std::move(example));
  }
  void note(std::string text, std::string_view remedy) {
    add(control::CheckState::note, std::move(text), remedy);
  }
  void well(std::string text) {
    if (rows_.size() == begin_) add(control::CheckState::ok, std::move(text), "");
  }

 private:
  void add(control::CheckState state, std::string text, std::string_view remedy, std::string example = {}) {
    rows_.push_back({std::string(name_), state, std::move(text), std::string(remedy), std::move(example)});
  }

  std::vector<control::CheckRow>& rows_;
  std::string_view name_;
  std::size_t begin_;
};

void check_filter(const control::StatusAnswer& status, const CheckupFacts& facts, Area area) {
  if (!facts.filter_unknown.empty())
    area.critical(fmt::format("Where the filter stands cannot be told: {}.", facts.filter_unknown),
                  "Is the filter attached, and may this user read the maps? `sluiced attach` as root.");
  for (const control::InterfaceStatus& row : status.interfaces) {
    const bool says_why = std::ranges::any_of(facts.missing, [&](const CheckupFacts::Missing& missing) {
      return missing.interface == row.name && (missing.other_program || !missing.exists);
    });
    if (row.xdp_mode == control::XdpMode::not_attached && !says_why)
      area.critical(fmt::format("{} is not filtered: the program is no longer attached.", row.name), kAttach);
    if (row.xdp_mode == control::XdpMode::generic)
      area.warning(
          fmt::format("{} is filtered in generic mode, after the "
                      "kernel has done most of its work for a packet.",
                      row.name),
          "`sluicectl setup` and the log of the attach say why the driver refused native mode: too few "
          "queues, a large MTU or "
          "LRO, each with its remedy.");
  }
  for (const std::string& interface : facts.on_other_maps)
    area.critical(
        fmt::format("{} is filtered by what was decided before an attach that did not come to its end.",
                    interface),
        kAttach);
  for (const CheckupFacts::Missing& missing : facts.missing) {
    std::string text = fmt::format("{} is not filtered though filter.interfaces names it", missing.interface);
    if (missing.other_program) {
      area.critical(fmt::format("{}: another XDP program (id {}) is there.", text, *missing.other_program),
                    "Load that one through libxdp (xdp-loader), which lets "
                    "several run, or detach it; then run `sluiced attach`.");
    } else if (!missing.exists) {
      area.critical(text + ", and there is no such interface now.",
                    "Is that its name (`ip -br link`)? One that comes late is attached to by itself.");
    } else if (std::ranges::find(status.interfaces, missing.interface, &control::InterfaceStatus::name) ==
               status.interfaces.end()) {
      area.critical(text + ".", kAttach);
    }
  }
  if (facts.settings_differ)
    area.warning("The filter was attached with other settings than the configuration's.", kAttach);
  if (!facts.counters_unknown.empty())
    area.warning(fmt::format("The filter's counters cannot be read: {}.", facts.counters_unknown), kAttach);
  if (facts.no_default_route)
    area.critical("Nothing is filtered: filter.interfaces is \"auto\" and this host has no default route.",
                  "Wait for one, or name the interfaces that visitors come in at.");
  else if (status.interfaces.empty() && facts.filter_unknown.empty())
    area.critical("No interface is filtered.", "Name those that visitors come in at in filter.interfaces.");
  area.well(fmt::format("{} filtered in native mode.",
                        status.interfaces.size() == 1
                            ? status.interfaces.front().name + " is"
                            : fmt::format("{} interfaces are", status.interfaces.size())));
}

void check_configuration(const CheckupFacts& facts, Area area) {
  const ConfigFileMonitor::State& file = facts.config_file;
  if (file.faults > 0)
    area.warning(
        fmt::format("The configuration file has {}: sluiced would not start with it. What was in force "
                    "before stays so.",
                    file.faults == 1 ? "a fault" : fmt::format("{} faults", file.faults)),
        "Correct it (`sluiced check-config` names every fault), then run `sluicectl reload`.",
        file.first_fault);
  if (file.different > 0)
    area.note(fmt::format("The configuration file says something else than what is in force: {}{}.",
                          file.first_different,
                          file.different == 1 ? "" : fmt::format(", and {} more keys", file.different - 1)),
              "`sluicectl reload` puts it in force.");
  area.well("What the configuration file says is in force.");
}

void check_mode(const control::StatusAnswer& status, Area area) {
  if (status.mode == control::Mode::observe)
    area.note("mode = \"observe\": decisions are shown, and no packet is dropped for them.",
              "Once they are what you want, set mode = \"enforce\" and run `sluicectl reload`.");
  area.well("Decisions take effect (mode = \"enforce\").");
}

// A source is called blocked only if nobody answers it.
void check_decisions(const control::StatusAnswer& status, const CheckupFacts& facts, Area area) {
  for (const CheckupFacts::StillServed& each : facts.still_served)
    area.critical(fmt::format("{} is blocked, and {} requests of it were answered since, the last at {}: {}.",
                              each.source, each.requests, format_time(each.last), each.cause),
                  each.remedy);
  if (facts.still_served_sources > facts.still_served.size())
    area.critical(fmt::format("{} more blocked sources are still answered.",
                              facts.still_served_sources - facts.still_served.size()),
                  "`sluicectl decisions` marks them.");
  area.well(status.blocks == 0 ? "Nobody is blocked."
                               : "No log has requests of whom a block in effect covers.");
}

// How the files of a log are followed.
void check_files(const control::LogStatus& log, Area& area) {
  if (log.files_refused > 0 && log.state == control::LogState::following)
    area.critical(
        fmt::format("{}: {} of {} files cannot be read: {}. What visitors do there is not seen.", log.path,
                    log.files_refused, log.files + log.files_refused, log.refused_because),
        "May the user sluice read them (group adm), and does logrotate create them so?");
  if (log.files_left_out > 0)
    area.critical(fmt::format("{}: {} files match that are more than may be followed. They are not read.",
                              log.path, log.files_left_out),
                  "Name fewer with the pattern, or several patterns in several [[log]].");
  if (log.files_polled > 0)
    area.note(fmt::format("{}: {} looked at every second, no events tell of {}: one {}.", log.path,
                          log.files_polled == 1 ? "it is" : fmt::format("{} files are", log.files_polled),
                          log.files_polled == 1 ? "it" : "them", log.polled_because),
              "A second late is soon enough. Where inotify is used up, raise the limit with sysctl.");
}

// What the requests of a log are like.
void check_requests(const control::LogStatus& log, const CheckupFacts& facts, Area& area) {
  // A few are what a daemon of yesterday leaves.
  constexpr std::uint64_t kManyOld = 10;
  constexpr auto kAhead = std::chrono::minutes(1);
  if (log.last_line && *log.last_line > facts.now + kAhead)
    area.warning(
        fmt::format("{}: its last line is of the future ({}).", log.path, format_time(*log.last_line)),
        "The web server's clock and this host's differ: synchronise both.");
  if (log.recent_old >= kManyOld)
    area.warning(fmt::format("{}: {} of the last {} requests are more than a day old.", log.path,
                             log.recent_old, log.recent_requests),
                 "Is the web server's clock right, is the log's timezone the configured one, or was an old "
                 "file put there? After the daemon was stopped for days it ends by itself.");
  // Where all logs are silent, that is said already.
  if (log.silent_packets > 0 && !facts.silence)
    area.warning(fmt::format("{}: no line for {}, while {} packets reached the web server: ten times what it "
                             "was ever silent for.",
                             log.path, format_duration(Seconds(log.silent_seconds)), log.silent_packets),
                 "Does the web server still write there? `sluicectl status` shows each log's last line.");
  if (log.silent_files > 0 && log.silent_packets == 0 && !facts.silence)
    area.warning(
        fmt::format(
            "{}: {} has had no line for {}, ten times as long as it was ever silent for{}.", log.path,
            log.silent_file, format_duration(Seconds(log.silent_file_seconds)),
            log.silent_files == 1 ? "" : fmt::format("; so have {} more of its files", log.silent_files - 1)),
        "Does the web server still write there? It may have another log after a change of its configuration, or may not "
        "write to this one after a rotation.");
}

// What decisions could rest on and a log does not say. `some_have_accounts`: another log does.
void check_lacks(const control::LogStatus& log, bool some_have_accounts, Area& area) {
  const auto lacks = [&](control::LogLack what) {
    return std::ranges::find(log.lacks, what) != log.lacks.end();
  };
  if (lacks(control::LogLack::user_agents))
    area.warning(fmt::format("{}: it has no user agents: crawlers are not recognised, nor what clients claim "
                             "to be.",
                             log.path),
                 "Add the User-Agent to the log's format; \"combined\" has it.");
  if (lacks(control::LogLack::assets))
    area.note(
        fmt::format("{}: it has no request for an asset: clients that load none do not stand out.", log.path),
        "Is `access_log off` set for styles and scripts, or does another host serve them?");
  if (some_have_accounts && lacks(control::LogLack::accounts))
    area.note(fmt::format("{}: it names no accounts, as other logs do: accounts are not held to account "
                          "there.",
                          log.path),
              "Add the account to its format, and name it in [[log]].");
}

void check_logs(const control::StatusAnswer& status, const CheckupFacts& facts, Area area) {
  // A few are what strangers' bytes and a daemon of yesterday leave.
  constexpr std::uint64_t kManyUnreadable = 10;
  constexpr std::string_view kFormatRemedy =
      "Give [[log]] format and pattern as the web server's configuration has them; `sluiced recognise LOG` says in which "
      "format a log is.";
  if (status.logs.empty())
    area.critical("No log is configured: nothing is detected.", "Name one in [[log]].");
  const bool some_have_accounts = std::ranges::any_of(status.logs, [](const control::LogStatus& log) {
    return log.recent_requests >= LogFacts::kEnough &&
           std::ranges::find(log.lacks, control::LogLack::accounts) == log.lacks.end();
  });
  for (const control::LogStatus& log : status.logs) {
    if (log.state != control::LogState::following) {
      area.critical(
          fmt::format("{}: {}. What visitors do there is not seen.", log.path, log.state.to_string()),
          "Is that where the web server writes, and may the user sluice read it (group adm)?");
    } else if (log.recent_unreadable > 0 && 2 * log.recent_unreadable >= log.recent_lines) {
      area.critical(
          fmt::format("{}: most lines cannot be read, {} of the last {}; is its format the configured one?",
                      log.path, log.recent_unreadable, log.recent_lines),
          kFormatRemedy, log.unreadable_example);
    } else if (log.recent_unreadable >= kManyUnreadable && 20 * log.recent_unreadable >= log.recent_lines) {
      area.warning(fmt::format("{}: {} of the last {} lines cannot be read. Whoever wrote them is not seen.",
                               log.path, log.recent_unreadable, log.recent_lines),
                   kFormatRemedy, log.unreadable_example);
    } else if (2 * log.nameless > log.forwarded) {
      // Then the proxy is taken for the visitor, and nothing can be decided about it.
      area.critical(fmt::format("{}: of {} requests through trusted proxies {} do not say whom they are for.",
                                log.path, log.forwarded, log.nameless),
                    "Add the header that proxies.header names to the log's format.");
    }
    if (log.recent_cut >= kManyUnreadable && 20 * log.recent_cut >= log.recent_lines)
      area.warning(
          fmt::format(
              "{}: {} of the last {} lines end too soon: they are read in part, and a path that is cut names "
              "nobody.",
              log.path, log.recent_cut, log.recent_lines),
          "Let longer lines through: `log ... len 65535` in HAProxy, $MaxMessageSize in rsyslog, --size of logger(1).");
    if (log.subjects_cut > 0)
      area.warning(
          fmt::format(
              "{}: {} answers named more people than are read: the rest of them counts as shown to nobody.",
              log.path, log.subjects_cut),
          "Let the application say how many it shows in X-Sluice-Subject-Count, and shorter names or fewer in "
          "X-Sluice-Subjects: see sluice-subjects(7).");
    if (log.datagrams_lost > 0)
      area.warning(fmt::format("{}: {} lines were lost, the socket was full.", log.path, log.datagrams_lost),
                   "Raise net.core.rmem_max.");
    if (log.open_to_all)
      area.warning(
          fmt::format("{}: every user of this host may write lines there, and so have any address "
                      "blocked.",
                      log.path),
          "Listen at \"unix:/run/sluice/log.sock\", which the group sluice alone may write to; where "
          "the web server cannot, trust_local_users = true in [[log]] says that it is meant.");
    check_files(log, area);
    check_requests(log, facts, area);
    check_lacks(log, some_have_accounts, area);
  }
  if (facts.silence)
    area.critical(fmt::format("{} packets reached the web server within {}, and no log has a line of it.",
                              facts.silence->packets, format_duration(facts.silence->seconds)),
                  "Does the web server write somewhere else, does it buffer (access_log ... buffer=), or is "
                  "its disk full?");
  area.well("The logs are read, and say what packets say.");
}

void check_proxies(const CheckupFacts& facts, Area area) {
  if (facts.proxy)
    area.critical(
        fmt::format("{:.0f} % of the requests come from {}, with about {:.0f} different user agents: it "
                    "looks like a proxy in front, behind which all visitors are one.",
                    100 * facts.proxy->share, facts.proxy->address, facts.proxy->agents),
        "If it is one, name it in [proxies] and have the web server log the header that holds the visitor.");
  if (facts.protected_without_allow > 0)
    area.warning(
        fmt::format("{} trusted proxies and other protected networks have no allow, for want of room: "
                    "nothing that is decided denies them, but a list might.",
                    facts.protected_without_allow),
        "Raise filter.max_allows and run `sluiced attach`, or shorten the list of proxies.");
  area.well("No proxy stands in front that is not trusted, as far as requests tell.");
}

void check_tables(const control::StatusAnswer& status, const CheckupFacts& facts, Area area) {
  for (const CheckupFacts::Table& table : facts.tables) {
    if (table.entries * 10 >= table.capacity * 9)
      area.warning(fmt::format("The kernel's table of {} is nearly full: {} of {}.", table.what,
                               table.entries, table.capacity),
                   fmt::format("Raise {} and run `sluiced attach`; decisions move over.", table.key));
  }
  if (status.refused_full > 0)
    area.warning(fmt::format("{} decisions were refused: a table was full, or failed.", status.refused_full),
                 "`sluicectl decisions` shows what fills it.");
  area.well("The tables have room.");
}

void check_events(const control::StatusAnswer& status, Area area) {
  const auto lost = [&](std::string_view kind) {
    const auto at = std::ranges::find(status.losses, kind, &control::LossRow::kind);
    return at == status.losses.end() ? 0 : at->count;
  };
  if (lost(kPacketsUncounted) > 0)
    area.warning(
        fmt::format("{} packets were of sources that could not be counted.", lost(kPacketsUncounted)),
        "Raise filter.max_sources and run `sluiced attach`: limits do not hold for them.");
  if (lost(kEventsMalformed) > 0)
    area.warning(fmt::format("{} events of the kernel could not be read.", lost(kEventsMalformed)),
                 "Are the filter and sluiced of one version? Run `sluiced attach`.");
  if (lost(kSubjectsNotKept) > 0)
    area.warning(
        fmt::format("{} people that sources read were not kept: the memory for them is used up.",
                    lost(kSubjectsNotKept)),
        "Lower identity.max_sources, or report it: it takes 200 sources that read 30,000 people each.");
  if (lost(kMemoryReliefs) > 0 || lost(kLinesLost) > 0)
    area.warning(
        fmt::format(
            "Memory ran short {} times: the detector forgot the older half of its largest table each time, "
            "and {} lines of logs were given up.",
            lost(kMemoryReliefs), lost(kLinesLost)),
        "Give the service more memory (MemoryHigh, MemoryMax, LimitAS) and restart it, or lower identity.max_sources.");
  area.well("No event was lost that decisions rest on.");
}

// How much of a list could not be read.
void check_lines(const control::ListStatus& list, Area& area) {
  constexpr std::uint64_t kSeldom = 20;  // one line of so many may be broken
  const std::uint64_t entries = list.entries_v4 + list.entries_v6;
  if (list.bad_lines * kSeldom > entries + list.bad_lines)
    area.warning(fmt::format("List {}: {} lines cannot be read, beside {} entries that are in force.",
                             list.name, list.bad_lines, entries),
                 fmt::format("`sluicectl lists refresh {}` names the first; is format the one of {}?",
                             list.name, list.source));
}

void check_lists(const control::ListsAnswer& lists, Area area) {
  std::uint64_t left_out = 0;
  for (const control::ListStatus& list : lists.lists) {
    left_out += list.bad_lines;
    const bool is_refused = list.state == control::ListState::not_accepted;
    const std::string remedy = fmt::format("{} ({}), then `sluicectl lists refresh {}{}`.",
                                           is_refused ? "Look at what it holds" : "See to its source",
                                           list.source, is_refused ? "--force " : "", list.name);
    // Without a time it was not loaded: what an observed list lacks is said by the mode already.
    if (!list.loaded) {
      area.warning(fmt::format("List {} is missing: {}{}{}.", list.name, list.state.to_string(),
                               list.failure.empty() ? "" : ": ", list.failure),
                   remedy);
      if (list.action == control::ListAction::trusted_proxy)
        area.critical(
            fmt::format("Nothing is armed before the trusted proxies of list {} are known.", list.name),
            remedy);
    } else if (!list.failure.empty()) {
      area.warning(fmt::format("List {} is as of {}: {}.", list.name,
                               list.checked ? format_time(*list.checked) : "never", list.failure),
                   remedy);
    } else {
      check_lines(list, area);
    }
  }
  area.well(lists.lists.empty() ? "No lists are configured."
            : left_out == 0
                ? "All lists are loaded and up to date."
                : fmt::format("All lists are loaded and up to date, but for {} lines that cannot be "
                              "read; `sluicectl lists` says of which.",
                              left_out));
}

void check_files(const CheckupFacts& facts, Area area) {
  for (const NamedFile& file : facts.files) {
    if (!file.error.empty()) {
      area.warning(fmt::format("{}: nothing of {} is in force: {}.", file.key, file.path, file.error),
                   "Correct its path, or let the user sluice read it; then `sluicectl reload`.");
    } else if (!file.gone.empty()) {
      area.warning(fmt::format("{}: what was read at {} is in force, but not after a restart: {}.", file.key,
                               format_time(file.read), file.gone),
                   "Put it back, or let the user sluice read it.");
    } else if (file.has_changed) {
      area.note(fmt::format("{}: {} has changed since it was read.", file.key, file.path),
                "`sluicectl reload` takes it.");
    }
    if (file.left_out > 0)
      area.warning(fmt::format("{}: {} entries of {} cannot be read, the first: {}.", file.key, file.left_out,
                               file.path, file.first_fault),
                   "Correct them; then `sluicectl reload`.");
  }
  area.well(facts.files.empty()
                ? "No file of crawlers, user agents, networks or robots.txt is configured."
                : "The files of crawlers, user agents, networks and robots.txt are in force.");
}

void check_state(const control::StatusAnswer& status, const CheckupFacts& facts, Area area) {
  if (!facts.state_lost.empty())
    area.warning(
        fmt::format(
            "The stored state was damaged when this daemon started: {}. What the kernel held was taken "
            "from there; proofs, earlier blocks and accounts begin anew.",
            facts.state_lost),
        "`sluiced restore` brings a backup back. Is the disk sound?");
  if (status.store != control::StoreState::ok)
    area.critical(
        fmt::format("Decisions will not survive a restart: {}.", status.store.to_string()),
        "Make room on the disk of store.path, or let sluiced write there: it goes on by itself. Until "
        "then unblock and allow work, and block is refused.");
  area.well("What is decided survives a restart.");
}

std::string said_of(const control::UncoveredShape& shape) {
  std::string text = fmt::format("{} ({} requests", shape.shape, shape.requests);
  if (shape.values > 0) text += fmt::format(" for about {} different values", shape.values);
  if (!shape.reason.empty()) text += fmt::format("; {}", shape.reason);
  return text + ")";
}

// " The largest shape of URL ..."; empty where no URL has many values.
std::string largest_uncovered(const control::StatusAnswer& status) {
  if (status.uncovered_shapes.empty()) return {};
  const control::UncoveredShape& shape = status.uncovered_shapes.front();
  return fmt::format(" The largest shape of URL that {} is {}.",
                     shape.looks_like_people ? "looks like people" : "has many values", said_of(shape));
}

// Names the shapes of URL that look like people and have no route; empty where there is none.
std::string uncovered_people(const control::StatusAnswer& status) {
  std::string text;
  for (const control::UncoveredShape& shape : status.uncovered_shapes) {
    if (shape.looks_like_people) text += fmt::format("{}{}", text.empty() ? "" : ", ", said_of(shape));
  }
  return text;
}

// "mediawiki, phpbb": whose ready-made routes fit and are not in force; empty where there is none.
std::string fitting_software(const control::StatusAnswer& status) {
  std::string text;
  for (const control::SoftwareSeen& software : status.software) {
    if (software.clear && !software.in_force)
      text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", software.name);
  }
  return text;
}

void check_site(const control::StatusAnswer& status, Area area) {
  constexpr std::uint64_t kEnough = detection::RouteCoverage::kEnough;
  const std::string software = fitting_software(status);
  std::string remedy =
      "`sluiced routes --toml LOG` writes the routes, and `sluicectl setup` proposes them with a configuration; "
      "`sluiced test-route URL` says what a route makes of a URL. A route without {subject} says that a URL shows "
      "nobody.";
  if (!software.empty()) {
    remedy = fmt::format("The site serves URLs of software with ready-made routes: [site] software = [{}]. ",
                         software) +
             remedy;
  }
  const std::string people = uncovered_people(status);
  if (status.pages_of_routes == 0 && status.pages_of_no_route >= kEnough)
    area.critical(
        fmt::format(
            "None of the last {} pages matched a route: Sluice does not know who is shown to whom{}.{}",
            status.pages_of_no_route,
            status.every_page_counts ? ", and counts every page as a subject instead" : "",
            largest_uncovered(status)),
        remedy);
  else if (!people.empty())
    area.warning(fmt::format("URLs that look like people have no route: {}.", people), remedy);
  else if (!software.empty())
    area.note("Ready-made routes that fit the site are not in force.", remedy);
  if (status.pages_of_routes + status.pages_of_no_route < kEnough)
    area.well("Too few pages were served to tell whether the routes fit the site.");
  const double share =
      100.0 * static_cast<double>(status.pages_of_routes) /
      static_cast<double>(std::max<std::uint64_t>(1, status.pages_of_routes + status.pages_of_no_route));
  area.well(fmt::format("{:.0f} % of the pages show people whom the routes know.", share));
}

void check_clock(const CheckupFacts& facts, Area area) {
  if (facts.clock_is_synchronised == false)
    area.note("The clock is not synchronised: decisions end, and logs are read, by it.",
              "Run systemd-timesyncd or chrony.");
  area.well(facts.clock_is_synchronised ? "The clock is synchronised."
                                        : "Whether the clock is synchronised is not told here.");
}

}  // namespace

std::vector<control::CheckRow> check_up(const control::StatusAnswer& status,
                                        const control::ListsAnswer& lists, const CheckupFacts& facts) {
  std::vector<control::CheckRow> rows;
  check_configuration(facts, {rows, "config"});
  check_mode(status, {rows, "mode"});
  check_filter(status, facts, {rows, "filter"});
  check_decisions(status, facts, {rows, "decisions"});
  check_tables(status, facts, {rows, "tables"});
  check_logs(status, facts, {rows, "logs"});
  check_site(status, {rows, "site"});
  check_proxies(facts, {rows, "proxies"});
  check_events(status, {rows, "events"});
  check_lists(lists, {rows, "lists"});
  check_files(facts, {rows, "files"});
  check_state(status, facts, {rows, "state"});
  check_clock(facts, {rows, "clock"});
  return rows;
}

std::vector<std::string> warnings_of(const std::vector<control::CheckRow>& checks) {
  std::vector<std::string> sentences;
  for (const control::CheckRow& row : checks) {
    if (row.state != control::CheckState::ok) sentences.push_back(fmt::format("{} {}", row.text, row.remedy));
  }
  return sentences;
}

}  // namespace sluice::app
