// SPDX-License-Identifier: Apache-2.0
#include "ctl/history.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/decisions.h"
#include "ctl/options.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::HistoryAnswer;
using control::HistoryRequest;
using control::HistoryRow;

Result<std::optional<WallTime>> moment_of(const std::string& option, const std::string& text, WallTime now) {
  if (text.empty()) return std::optional<WallTime>();
  const auto moment = parse_moment(text, now);
  if (!moment) return moment.error().in(option);
  return std::optional(*moment);
}

Result<HistoryRequest> request_of(const HistoryArguments& arguments, WallTime now) {
  HistoryRequest request = arguments.filter;
  if (!arguments.address.empty()) {
    const auto source = control::WrittenPrefix::parse(arguments.address);
    if (!source) return source.error();
    request.source = *source;
  }
  const auto since = moment_of("--since", arguments.since, now);
  if (!since) return since.error();
  const auto until = moment_of("--until", arguments.until, now);
  if (!until) return until.error();
  const auto at = moment_of("--at", arguments.at, now);
  if (!at) return at.error();
  if (*at && (*since || *until)) return Error("--at is one moment: leave --since and --until out");
  request.since = *at ? *at : *since;
  request.until = *at ? *at : *until;
  if (request.since && request.until && *request.since > *request.until)
    return Error("--since is after --until");
  return request;
}

std::string why(const HistoryRow& row) {
  std::string text = row.reason;
  if (row.ended) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", to_text(row.ending));
    if (row.ended_by.kind != control::ActorKind::unset) text += " by " + row.ended_by.to_string();
    if (!row.ended_reason.empty()) text += ": " + row.ended_reason;
  }
  if (!row.counted || row.packets == 0) return text;
  return text + fmt::format("; {} {}", plural(row.packets, "packet"),
                            row.action == Action::allow ? "let through" : "dropped");
}

std::string action_of(const HistoryRow& row) {
  return row.ended && !row.armed ? fmt::format("{} (not in effect)", to_text(row.action)) : action_text(row);
}

}  // namespace

int history(const Context& context, const HistoryArguments& arguments) {
  auto asked = request_of(arguments, wall_now());
  if (!asked) return fail(kUsage, printable(asked.error().message()));
  HistoryRequest request = *std::move(asked);
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  std::vector<HistoryRow> rows;
  std::string note;
  while (true) {
    auto answer = client->ask<HistoryAnswer>(request);
    if (!answer) return fail(kFailed, answer.error().message());
    if (context.json) {
      for (const HistoryRow& row : answer->rows)
        fmt::print("{}\n", control::to_json(row));
    } else {
      std::ranges::move(answer->rows, std::back_inserter(rows));
    }
    if (note.empty()) note = answer->note;
    if (!answer->more) break;
    request.before = answer->next;
  }
  if (!context.json) fmt::print("{}", history_text(rows, context.style));
  return note.empty() ? kOk : fail(kFailed, printable(note));
}

std::string history_text(const std::vector<HistoryRow>& rows, const Style& style) {
  if (rows.empty()) return "No decision is known, neither in force nor ended.\n";
  Table table({{"BEGAN"}, {"ENDED"}, {"SOURCE"}, {"ACTION"}, {"WHO"}, {"WHY, AND HOW IT ENDED"}});
  for (const HistoryRow& row : rows) {
    table.add({local_time(row.since), row.ended ? local_time(*row.ended) : "in force", row.source.to_string(),
               action_of(row), row.actor.to_string(), why(row)});
  }
  return table.text(style);
}

void add_history_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<HistoryArguments>();
  CLI::App* command =
      app.add_subcommand("history", "Decisions about an address, also those that ended, the newest first");
  command
      ->add_option("ADDRESS", arguments->address,
                   "Those that covered it or any network around it, and of a network those within it")
      ->required();
  command
      ->add_option(
          "--since", arguments->since,
          "Not those that had ended by then: 2h, 7d, \"14:10\", \"yesterday 14:10\", \"2026-11-30 14:10\", RFC 3339")
      ->type_name("TIME");
  command->add_option("--until", arguments->until, "Not those that began after it")->type_name("TIME");
  command->add_option("--at", arguments->at, "Only those that were in force at that moment")
      ->type_name("TIME");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return history(context, *arguments); };
  });
}

}  // namespace sluice::ctl
