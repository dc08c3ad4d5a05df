// SPDX-License-Identifier: Apache-2.0
#include "ctl/list.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "ctl/client.h"
#include "daemon/base/address.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {

using control::DecisionRow;
using control::ListAnswer;

int list(const Context& context, const control::ListRequest& request) {
  if (!request.source.empty()) {
    if (const auto source = Prefix::parse(request.source); !source) {
      return fail(kUsage, printable(source.error().message()));
    }
  }
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());

  std::vector<DecisionRow> decisions;
  auto answer = client->ask<ListAnswer>(request);
  while (true) {
    if (!answer) return fail(kFailed, answer.error().message());
    if (context.json) {
      for (const DecisionRow& decision : answer->decisions)
        fmt::print("{}\n", control::to_json(decision));
    } else {
      std::ranges::move(answer->decisions, std::back_inserter(decisions));
    }
    if (!answer->more) break;
    answer = client->next<ListAnswer>();
  }
  if (!context.json) fmt::print("{}", list_text(decisions, context.style, wall_now()));
  return kOk;
}

std::string action_text(const DecisionRow& decision) {
  std::string text = decision.action;
  if (decision.rate > 0) text += fmt::format(" {}/s (burst {})", decision.rate, decision.burst);
  if (!decision.armed) text += " (not in effect)";
  return text;
}

std::string list_text(const std::vector<DecisionRow>& decisions, const Style& style, WallTime now) {
  if (decisions.empty()) return "No decision in force.\n";
  Table table({{"SOURCE"},
               {"ACTION"},
               {"SINCE", Align::right},
               {"UNTIL", Align::right},
               {"WHO"},
               {"PACKETS", Align::right},
               {"WHY"}});
  for (const DecisionRow& decision : decisions) {
    table.add({decision.source, action_text(decision), relative(decision.since, now),
               relative(decision.until, now), decision.actor, count(decision.packets), decision.reason});
  }
  return table.text(style);
}

}  // namespace sluice::ctl
