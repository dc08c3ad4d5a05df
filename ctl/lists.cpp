// SPDX-License-Identifier: Apache-2.0
#include "ctl/lists.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include <fmt/format.h>

#include "ctl/addresses.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {

using control::ListHit;
using control::ListsAnswer;
using control::ListStatus;
using control::RefreshAnswer;
using control::RefreshOutcome;
using control::RefreshResult;
using control::TestListsAnswer;
using control::TestListsResult;

namespace {

// A source may take list.timeout, an hour at most, and waits for its turn.
constexpr std::chrono::hours kRefreshTime{2};

bool did_well(const RefreshResult& result) {
  return result.outcome == RefreshOutcome::updated || result.outcome == RefreshOutcome::unchanged;
}

}  // namespace

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

int refresh_lists(const Context& context, const control::RefreshRequest& request) {
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<RefreshAnswer>(request, kRefreshTime);
  if (!answer) return fail(kFailed, answer.error().message());
  if (context.json) {
    for (const RefreshResult& result : answer->results)
      fmt::print("{}\n", control::to_json(result));
  } else {
    fmt::print("{}", refresh_text(*answer, context.style));
  }
  return std::ranges::all_of(answer->results, did_well) ? kOk : kFailed;
}

int test_lists(const Context& context, const std::vector<std::string>& arguments, std::istream& input) {
  const Addresses addresses = read_addresses(arguments, input);
  for (const std::string& fault : addresses.faults)
    fmt::print(stderr, "{}\n", printable(fault));
  if (!addresses.faults.empty()) return fail(kUsage, "nothing was asked");
  if (addresses.valid.empty()) return fail(kUsage, "no address was given");
  if (addresses.valid.size() > control::kMaxAddresses)
    return fail(kUsage, fmt::format("at most {} addresses at once", control::kMaxAddresses));
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<TestListsAnswer>(control::TestListsRequest{addresses.valid});
  if (!answer) return fail(kFailed, answer.error().message());
  if (context.json) {
    for (const TestListsResult& result : answer->results)
      fmt::print("{}\n", control::to_json(result));
  } else {
    fmt::print("{}", test_text(*answer, context.style));
  }
  const bool all = std::ranges::none_of(answer->results,
                                        [](const TestListsResult& result) { return result.hits.empty(); });
  return all ? kOk : kFailed;
}

std::string lists_text(const ListsAnswer& answer, const Style& style, WallTime now) {
  if (answer.lists.empty()) return "No list is configured.\n";
  Table table({{"NAME"},
               {"ACTION"},
               {"IPV4", Align::right},
               {"IPV6", Align::right},
               {"REDUNDANT", Align::right},
               {"BAD LINES", Align::right},
               {"AS OF", Align::right},
               {"NEXT", Align::right},
               {"PACKETS", Align::right},
               {"BYTES", Align::right},
               {"STATE"},
               {"SOURCE"}});
  for (const ListStatus& list : answer.lists) {
    table.add({list.name, std::string(to_text(list.action)), count(list.entries_v4), count(list.entries_v6),
               count(list.redundant), count(list.bad_lines),
               list.checked ? relative(*list.checked, now) : "never",
               list.next ? relative(*list.next, now) : "-", list.packets ? count(*list.packets) : "-",
               list.bytes ? bytes(*list.bytes) : "-", list.state.to_string(), list.source});
  }
  std::string text = table.text(style);
  for (const ListStatus& list : answer.lists) {
    const auto add = [&](std::string_view what) {
      text += fmt::format("{}: {}\n", printable(list.name), printable(what));
    };
    if (!list.failure.empty()) add(fmt::format("{} ({})", list.failure, plural(list.failures, "failure")));
    if (list.verified)
      add(fmt::format("{} of its crawlers, {} by who only said so", plural(*list.verified, "request"),
                      count(list.contradicted.value_or(0))));
    for (const control::LeftOut& row : list.not_for_packets)
      add(fmt::format("{} of {} not taken", plural(row.count, "decision"), row.what));
    if (list.too_wide > 0)
      add(fmt::format("{} left out: they hold nearly everybody", plural(list.too_wide, "entry", "entries")));
    if (list.spared > 0)
      add(fmt::format("{} left out, or cut: private networks are never denied by a list",
                      plural(list.spared, "entry", "entries")));
  }
  return text + fmt::format("{} IPv4 and {} IPv6 entries are compiled, {} of {} in use.\n",
                            count(answer.memory.entries_v4), count(answer.memory.entries_v6),
                            bytes(answer.memory.used), bytes(answer.memory.available));
}

std::string refresh_text(const RefreshAnswer& answer, const Style& style) {
  if (answer.results.empty()) return "No list is configured.\n";
  std::string text;
  for (const RefreshResult& result : answer.results) {
    const std::string_view outcome =
        result.outcome == RefreshOutcome::kept ? "keeps the last good content" : to_text(result.outcome);
    text += fmt::format("{}: {}", printable(result.name),
                        did_well(result) ? style.good(outcome) : style.bad(outcome));
    if (result.outcome != RefreshOutcome::failed)
      text += fmt::format(", {}", plural(result.entries, "entry", "entries"));
    text += fmt::format("{}{}\n", result.note.empty() ? "" : ": ", printable(result.note));
  }
  return text;
}

std::string test_text(const TestListsAnswer& answer, const Style& style) {
  std::string text;
  for (const TestListsResult& result : answer.results) {
    if (result.hits.empty()) text += fmt::format("{}: in no list\n", result.address.to_string());
    for (const ListHit& hit : result.hits) {
      text += fmt::format("{}: {} ({}) has {}{}\n", result.address.to_string(),
                          style.bold(printable(hit.name)), to_text(hit.action), hit.entry.to_string(),
                          hit.counts ? "; it counts for packets, where no decision does" : "");
      if (!hit.why.empty())
        text +=
            fmt::format("  {}, until {}\n", printable(hit.why), hit.until ? format_time(*hit.until) : "-");
    }
  }
  return text;
}

void add_lists_commands(CLI::App& app, Run& run) {
  CLI::App* command =
      app.add_subcommand("lists", "The lists of the configuration and what they were hit with");
  // The callbacks of its own subcommands come before this one.
  command->callback([&run] {
    if (!run) run = lists;
  });

  const auto refreshed = std::make_shared<control::RefreshRequest>();
  CLI::App* refresh = command->add_subcommand("refresh", "Ask the sources of lists now");
  refresh->add_option("NAME", refreshed->names, "Of these lists; of all without");
  refresh->add_flag("--force", refreshed->force,
                    "Take a list although it shrank, and whether or not it changed");
  refresh->callback([&run, refreshed] {
    run = [refreshed](const Context& context) { return refresh_lists(context, *refreshed); };
  });

  const auto tested = std::make_shared<std::vector<std::string>>();
  CLI::App* test =
      command->add_subcommand("test", "Which lists hold addresses; exit status 1 where one is in none");
  test->add_option("ADDRESS", *tested, "Addresses and prefixes; - reads standard input")->required();
  test->callback([&run, tested] {
    run = [tested](const Context& context) { return test_lists(context, *tested, std::cin); };
  });
}

}  // namespace sluice::ctl
