// SPDX-License-Identifier: Apache-2.0
#include "ctl/daemon.h"

#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

using control::ControlStatus;
using control::CounterRow;
using control::InterfaceStatus;
using control::LogStatus;
using control::LossRow;
using control::ReloadAnswer;
using control::StatusAnswer;
using control::UncoveredShape;
using control::VersionAnswer;

// Asks one question of its own connection.
template <class Answer>
Result<Answer> ask(const Context& context, const control::Request& request) {
  auto client = Client::connect(context.socket);
  if (!client) return client.error();
  return client->ask<Answer>(request);
}

std::string head_text(const StatusAnswer& answer, const Style& style) {
  const bool enforcing = answer.mode == control::Mode::enforce;
  std::string text = fmt::format("sluiced {}, mode {}, up {}\n", printable(answer.version),
                                 enforcing ? style.good("enforce") : style.warning(to_text(answer.mode)),
                                 format_duration(Seconds(answer.uptime_seconds)));
  for (const std::string& warning : answer.warnings) {
    text += fmt::format("{} {}\n", style.bad("warning:"), printable(warning));
  }
  return text;
}

std::string filter_text(const StatusAnswer& answer, const Style& style) {
  std::string text = fmt::format("\n{}\n", style.bold("Filter"));
  Table table({{""}, {""}}, 2);
  for (const InterfaceStatus& interface : answer.interfaces) {
    std::string attached(to_text(interface.xdp_mode));
    if (interface.placement != control::Placement::unset)
      attached += fmt::format(", {}, program {}", to_text(interface.placement), interface.program_id);
    table.add({interface.name, std::move(attached)});
  }
  if (answer.interfaces.empty()) table.add({"interfaces", "none"});
  std::string scope = answer.scope == control::Scope::all ? "every packet of a source" : "";
  if (answer.scope == control::Scope::ports) {
    scope = "TCP and UDP to";
    for (const std::int64_t port : answer.ports)
      scope += fmt::format(" {}", port);
  }
  table.add({"scope", scope});
  text += table.text(style);

  Table counters({{""}, {"", Align::right}, {"", Align::right}}, 2);
  for (const CounterRow& row : answer.counters) {
    if (row.packets > 0) counters.add({row.reason, plural(row.packets, "packet"), bytes(row.bytes)});
  }
  text += counters.text(style);
  if (answer.resets > 0) {
    text += fmt::format("  {} answered with a reset\n", plural(answer.resets, "blocked connection attempt"));
  }
  if (answer.hellos > 0) text += fmt::format("  {} read\n", plural(answer.hellos, "TLS hello"));
  Table losses({{"", Align::right}, {""}}, 2);
  for (const LossRow& row : answer.losses) {
    if (row.count > 0) losses.add({count(row.count), row.name});
  }
  return text + losses.text(style);
}

std::string decisions_text(const StatusAnswer& answer, const Style& style) {
  std::string text = fmt::format("\n{}\n", style.bold("Decisions"));
  text +=
      fmt::format("  {}, {} (room for {} of each family); {} (room for {})\n", plural(answer.blocks, "block"),
                  plural(answer.throttles, "throttle"), count(answer.decisions_capacity),
                  plural(answer.allows, "allow"), count(answer.allows_capacity));
  if (answer.refused_full > 0) {
    text += fmt::format("  {}\n",
                        style.bad(plural(answer.refused_full, "decision") + " refused: a table was full"));
  }
  text += fmt::format("  {} remembered (room for {})", plural(answer.sources, "source"),
                      count(answer.sources_capacity));
  if (answer.sources_forgotten > 0) text += fmt::format(", {} forgotten", count(answer.sources_forgotten));
  return text + fmt::format("\n  store: {}\n", printable(answer.store.to_string()));
}

std::string site_text(const StatusAnswer& answer, const Style& style) {
  std::string text = fmt::format("\n{}\n  {} of routes, {} of none{}\n", style.bold("Site"),
                                 plural(answer.pages_of_routes, "page"), count(answer.pages_of_no_route),
                                 answer.every_page_counts ? "; each of those counts as a subject" : "");
  for (const control::SoftwareSeen& software : answer.software) {
    text +=
        fmt::format("  {} {} ({:.0f} % of what was served), {}\n",
                    software.clear ? "software:" : "little looks like", software.name, 100 * software.share,
                    software.in_force ? "whose routes are in force"
                    : software.clear  ? "whose ready-made routes are not in force"
                                      : "which is no proof");
  }
  if (answer.uncovered_shapes.empty()) return text;
  Table table(
      {{"URLS OF NO ROUTE"}, {"REQUESTS", Align::right}, {"VALUES", Align::right}, {"PEOPLE"}, {"WHY"}}, 2);
  for (const UncoveredShape& shape : answer.uncovered_shapes) {
    table.add({shape.shape, count(shape.requests), shape.values > 0 ? count(shape.values) : "-",
               shape.looks_like_people ? "likely" : "unlikely", shape.reason});
  }
  return text + table.text(style);
}

std::string lists_text(const StatusAnswer& answer, const Style& style) {
  if (answer.lists == 0) return {};
  const control::ListMemory& memory = answer.list_memory;
  return fmt::format("\n{}\n  {} of {} in force, {} IPv4 and {} IPv6 entries, {} of {} in use\n",
                     style.bold("Lists"), count(answer.lists_in_force), count(answer.lists),
                     count(memory.entries_v4), count(memory.entries_v6), bytes(memory.used),
                     bytes(memory.available));
}

std::string words_of(const std::vector<control::LogLack>& lacks) {
  std::string text;
  for (const control::LogLack lack : lacks)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", control::to_text(lack));
  return text;
}

std::string logs_text(const StatusAnswer& answer, const Style& style, WallTime now) {
  std::string text = fmt::format("\n{}\n", style.bold("Access logs"));
  if (answer.logs.empty()) return text + "  none\n";
  Table table({{"PATH"},
               {"STATE"},
               {"LINES", Align::right},
               {"REQUESTS", Align::right},
               {"UNREADABLE", Align::right},
               {"LAST LINE", Align::right},
               {"BEHIND", Align::right}},
              2);
  for (const LogStatus& log : answer.logs) {
    table.add({log.path, log.state.to_string(), count(log.lines), count(log.requests), count(log.unreadable),
               log.last_line ? relative(*log.last_line, now) : "none yet", bytes(log.lag_bytes)});
  }
  text += table.text(style);
  for (const LogStatus& log : answer.logs) {
    const auto add = [&](std::uint64_t value, std::string_view what) {
      if (value > 0) text += fmt::format("  {}: {} {}\n", log.path, count(value), what);
    };
    add(log.forwarded, "requests came through trusted proxies");
    add(log.nameless, "of them do not say whom they are for");
    add(log.datagrams_lost, "datagrams were lost, the socket was full");
    add(log.datagrams_refused, "datagrams came from senders that may not");
    add(log.datagrams_cut, "datagrams were longer than a line may be");
    if (log.files > 1) add(log.files, "files are followed");
    add(log.files_refused, "files cannot be read: " + log.refused_because);
    add(log.files_left_out, "files are left out: more match than may be followed");
    add(log.files_polled, "files are looked at every second: one " + log.polled_because);
    add(log.recent_old,
        fmt::format("of the last {} requests are more than a day old", count(log.recent_requests)));
    add(log.silent_packets, "packets came and no line for " + format_duration(Seconds(log.silent_seconds)));
    add(log.cut, fmt::format("requests are of lines that end too soon, {} of them within the path",
                             count(log.paths_cut)));
    add(log.subjects_cut, "answers named more people than are read; some of them are not counted");
    if (log.silent_files > 0)
      text += fmt::format("  {}: {} has had no line for {}\n", log.path, log.silent_file,
                          format_duration(Seconds(log.silent_file_seconds)));
    if (!log.lacks.empty()) text += fmt::format("  {}: without {}\n", log.path, words_of(log.lacks));
    if (log.open_to_all) text += fmt::format("  {}: every user of this host may write there\n", log.path);
  }
  return text;
}

std::string process_text(const StatusAnswer& answer, const Style& style) {
  const ControlStatus& control = answer.control;
  std::string text = fmt::format("\n{}\n  memory: {}\n", style.bold("Process"), bytes(answer.rss_bytes));
  text += fmt::format("  control socket: {}, {} watching", plural(control.connections, "connection"),
                      control.watchers);
  const auto add = [&](std::uint64_t value, std::string_view what) {
    if (value > 0) text += fmt::format(", {} {}", count(value), what);
  };
  add(control.refused_full, "refused for being too many");
  add(control.refused_peers, "refused for lack of rights");
  add(control.cut_slow, "cut for being slow");
  add(control.cut_watchers, "watchers cut for not reading");
  add(control.events_unsent, "events not sent to them");
  return text + "\n";
}

}  // namespace

int status(const Context& context) {
  const auto answer = ask<StatusAnswer>(context, control::StatusRequest{});
  if (!answer) return fail(kFailed, answer.error().message());
  fmt::print("{}", context.json ? control::to_json(*answer) + "\n"
                                : status_text(*answer, context.style, wall_now()));
  return kOk;
}

int reload(const Context& context) {
  const auto answer = ask<ReloadAnswer>(context, control::ReloadRequest{});
  if (!answer) return fail(kFailed, answer.error().message());
  if (context.json) {
    fmt::print("{}\n", control::to_json(*answer));
    return answer->ok ? kOk : kFailed;
  }
  if (!answer->ok) {
    for (const std::string& fault : answer->faults)
      fmt::print(stderr, "{}\n", printable(fault));
    return fail(kFailed, "the configuration has faults; nothing was changed");
  }
  fmt::print("The configuration is in force.\n");
  for (const std::string& note : answer->notes)
    fmt::print("  {}\n", printable(note));
  return kOk;
}

int version(const Context& context) {
  const auto answer = ask<VersionAnswer>(context, control::VersionRequest{});
  const std::string own = SLUICE_VERSION;
  if (context.json) {
    fmt::print(R"({{"sluicectl":{},"sluiced":{}}})"
               "\n",
               control::to_json(own), answer ? control::to_json(answer->version) : "null");
  } else {
    fmt::print("sluicectl {}\n", own);
    if (answer) fmt::print("sluiced {}\n", printable(answer->version));
  }
  return answer ? kOk : fail(kFailed, answer.error().message());
}

std::string status_text(const StatusAnswer& answer, const Style& style, WallTime now) {
  return head_text(answer, style) + filter_text(answer, style) + decisions_text(answer, style) +
         site_text(answer, style) + lists_text(answer, style) + logs_text(answer, style, now) +
         process_text(answer, style);
}

void add_daemon_commands(CLI::App& app, Run& run) {
  app.add_subcommand("status", "What the daemon does and what is wrong")->callback([&run] { run = status; });
  app.add_subcommand("reload", "Read the configuration again, if it has no fault")->callback([&run] {
    run = reload;
  });
  app.add_subcommand("version", "The versions of sluicectl and of the daemon")->callback([&run] {
    run = version;
  });
}

}  // namespace sluice::ctl
