// SPDX-License-Identifier: Apache-2.0
#include "ctl/export.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "daemon/base/address.h"
#include "daemon/base/csv.h"

namespace sluice::ctl {

using control::DecisionRow;
using control::ListAnswer;

std::string export_header(ExportFormat format) {
  return format == ExportFormat::csv ? "source,action,until,since,reason,actor,rate,burst\n" : "";
}

std::string export_line(DecisionRow decision, ExportFormat format) {
  const Prefix& prefix = decision.source.prefix();
  if (prefix.family() == Family::ipv6) decision.source = control::WrittenPrefix::with_length(prefix);
  if (format == ExportFormat::plain) return decision.source.to_string() + "\n";
  if (format == ExportFormat::json) return control::to_json(decision) + "\n";
  std::string rate = ",";
  if (decision.rate > 0) rate = fmt::format("{},{}", decision.rate, decision.burst);
  return fmt::format("{},{},{},{},{},{},{}\n", decision.source.to_string(), to_text(decision.action),
                     format_time(decision.until), format_time(decision.since), csv_field(decision.reason),
                     csv_field(decision.actor.to_string()), rate);
}

int export_decisions(const Context& context, const ExportArguments& arguments) {
  control::ListRequest filter = arguments.filter;
  if (arguments.format == ExportFormat::plain && filter.action == control::Action::unset)
    filter.action = control::Action::block;
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  fmt::print("{}", export_header(arguments.format));
  auto answer = client->ask<ListAnswer>(filter);
  while (true) {
    if (!answer) return fail(kFailed, answer.error().message());
    for (DecisionRow& decision : answer->decisions) {
      if (decision.actor.kind != control::ActorKind::list)
        fmt::print("{}", export_line(std::move(decision), arguments.format));
    }
    if (!answer->more) break;
    answer = client->next<ListAnswer>();
  }
  // A disk that is full must not leave half an export that looks whole.
  if (std::fflush(stdout) != 0) return fail(kFailed, Error::system("standard output", errno).message());
  return kOk;
}

void add_export_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command = app.add_subcommand("export", "The decisions in force, for import or for others");
  command
      ->add_option_function<std::string>(
          "--format",
          [arguments](const std::string& text) {
            if (const auto format = control::from_text<ExportFormat>(text)) arguments->format = *format;
          },
          "json, csv, or plain: the addresses that are blocked")
      ->default_str("json")
      ->check(CLI::IsMember({"json", "csv", "plain"}))
      ->type_name("FORMAT");
  add_action_option(*command, arguments->filter.action, {"allow", "throttle", "challenge", "block"},
                    "Only these");
  add_actor_option(*command, arguments->filter.actor, "Only by: detector, operator, \"operator NAME\"");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return export_decisions(context, *arguments); };
  });
}

}  // namespace sluice::ctl
