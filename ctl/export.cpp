// SPDX-License-Identifier: Apache-2.0
#include "ctl/export.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "ctl/client.h"
#include "daemon/base/address.h"
#include "daemon/base/csv.h"

namespace sluice::ctl {

using control::DecisionRow;
using control::ListAnswer;

std::string export_header(std::string_view format) {
  return format == "csv" ? "source,action,until,since,reason,actor,rate,burst\n" : "";
}

std::string export_line(DecisionRow decision, std::string_view format) {
  const auto source = Prefix::parse(decision.source);
  if (source && source->family() == Family::ipv6 && source->is_single_address())
    decision.source = source->address().to_string() + "/128";
  if (format == "plain") return decision.source + "\n";
  if (format == "json") return control::to_json(decision) + "\n";
  std::string rate = ",";
  if (decision.rate > 0) rate = fmt::format("{},{}", decision.rate, decision.burst);
  return fmt::format("{},{},{},{},{},{},{}\n", decision.source, decision.action, format_time(decision.until),
                     format_time(decision.since), csv_field(decision.reason), csv_field(decision.actor),
                     rate);
}

int export_decisions(const Context& context, const ExportArguments& arguments) {
  control::ListRequest filter = arguments.filter;
  if (arguments.format == "plain" && filter.action.empty()) filter.action = "block";
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  fmt::print("{}", export_header(arguments.format));
  auto answer = client->ask<ListAnswer>(filter);
  while (true) {
    if (!answer) return fail(kFailed, answer.error().message());
    for (DecisionRow& decision : answer->decisions) {
      if (!decision.actor.starts_with("list "))
        fmt::print("{}", export_line(std::move(decision), arguments.format));
    }
    if (!answer->more) break;
    answer = client->next<ListAnswer>();
  }
  // A disk that is full must not leave half an export that looks whole.
  if (std::fflush(stdout) != 0) return fail(kFailed, Error::system("standard output", errno).message());
  return kOk;
}

}  // namespace sluice::ctl
