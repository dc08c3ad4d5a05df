// SPDX-License-Identifier: Apache-2.0
#include "ctl/lists.h"

#include <cstdio>

#include <fmt/format.h>

#include "ctl/client.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {

using control::ListsAnswer;
using control::ListStatus;

int lists(const Context& context) {
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<ListsAnswer>(control::ListsRequest{});
  if (!answer) return fail(kFailed, answer.error().message());
  if (!context.json) {
    fmt::print("{}", lists_text(*answer, context.style, wall_now()));
    return kOk;
  }
  for (const ListStatus& list : answer->lists)
    fmt::print("{}\n", control::to_json(list));
  return kOk;
}

std::string lists_text(const ListsAnswer& answer, const Style& style, WallTime now) {
  if (answer.lists.empty()) return "No list is configured.\n";
  Table table({{"NAME"},
               {"ACTION"},
               {"IPV4", Align::right},
               {"IPV6", Align::right},
               {"REDUNDANT", Align::right},
               {"BAD LINES", Align::right},
               {"LOADED", Align::right},
               {"PACKETS", Align::right},
               {"BYTES", Align::right},
               {"STATE"}});
  for (const ListStatus& list : answer.lists) {
    table.add({list.name, list.action, count(list.entries_v4), count(list.entries_v6), count(list.redundant),
               count(list.bad_lines), list.loaded ? relative(*list.loaded, now) : "never",
               count(list.packets), bytes(list.bytes), list.state});
  }
  return table.text(style) + fmt::format("{} IPv4 and {} IPv6 entries are compiled, {} of {} in use.\n",
                                         count(answer.memory.entries_v4), count(answer.memory.entries_v6),
                                         bytes(answer.memory.used), bytes(answer.memory.available));
}

}  // namespace sluice::ctl
