// SPDX-License-Identifier: Apache-2.0
#include "ctl/decisions.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/history.h"
#include "ctl/options.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {

using control::DecisionRow;
using control::ListAnswer;

int decisions(const Context& context, const DecisionsArguments& arguments) {
  if (arguments.ended) {
    HistoryArguments past;
    past.address = arguments.address;
    past.filter.action = arguments.filter.action;
    past.filter.actor = arguments.filter.actor;
    past.filter.ended = true;
    return history(context, past);
  }
  control::ListRequest request = arguments.filter;
  if (!arguments.address.empty()) {
    const auto source = control::WrittenPrefix::parse(arguments.address);
    if (!source) return fail(kUsage, printable(source.error().message()));
    request.source = *source;
  }
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());

  std::vector<DecisionRow> rows;
  auto answer = client->ask<ListAnswer>(request);
  while (true) {
    if (!answer) return fail(kFailed, answer.error().message());
    if (context.json) {
      for (const DecisionRow& decision : answer->decisions)
        fmt::print("{}\n", control::to_json(decision));
    } else {
      std::ranges::move(answer->decisions, std::back_inserter(rows));
    }
    if (!answer->more) break;
    answer = client->next<ListAnswer>();
  }
  if (!context.json) fmt::print("{}", decisions_text(rows, context.style, wall_now()));
  return kOk;
}

std::string action_text(const DecisionRow& decision) {
  std::string text(to_text(decision.action));
  if (decision.rate > 0) text += fmt::format(" {}/s (burst {})", decision.rate, decision.burst);
  if (!decision.armed) text += " (not in effect)";
  if (decision.served > 0) text += " (STILL SERVED)";
  return text;
}

std::string decisions_text(const std::vector<DecisionRow>& rows, const Style& style, WallTime now) {
  if (rows.empty()) return "No decision in force.\n";
  Table table({{"SOURCE"},
               {"ACTION"},
               {"SINCE", Align::right},
               {"UNTIL", Align::right},
               {"WHO"},
               {"PACKETS", Align::right},
               {"WHY"}});
  for (const DecisionRow& decision : rows) {
    table.add({decision.source.to_string(), action_text(decision), relative(decision.since, now),
               relative(decision.until, now), decision.actor.to_string(), count(decision.packets),
               decision.reason});
  }
  return table.text(style);
}

void add_decisions_commands(CLI::App& app, Run& run) {
  // `list` is what it was called when `lists` did not stand beside it. Help does not show it.
  for (const char* name : {"decisions", "list"}) {
    const auto arguments = std::make_shared<DecisionsArguments>();
    CLI::App* command = app.add_subcommand(name, "The decisions in force");
    command->add_option("ADDRESS", arguments->address, "Only those that cover it or lie within it");
    add_action_option(*command, arguments->filter.action, {"allow", "throttle", "challenge", "block"},
                      "Only these");
    add_actor_option(*command, arguments->filter.actor,
                     "Only by: detector, operator, \"operator NAME\", list");
    command->add_flag("--ended", arguments->ended, "Those that ended, as `history` shows them");
    command->callback([&run, arguments] {
      run = [arguments](const Context& context) { return decisions(context, *arguments); };
    });
  }
  app.get_subcommand("list")->group("");
}

}  // namespace sluice::ctl
