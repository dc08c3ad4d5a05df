// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/replay.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/app/knowledge.h"
#include "daemon/app/log_reading.h"
#include "daemon/app/proxies.h"
#include "daemon/app/tally.h"
#include "daemon/base/printable.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {
namespace {

boost::json::value time_or_null(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return boost::json::string(format_time(*time));
}

std::string to_json(const SourceTally& tally) {
  boost::json::array reasons;
  for (const detection::Signal& signal : tally.signals) {
    reasons.push_back({{"heuristic", signal.heuristic},
                       {"cause", detection::to_text(signal.cause)},
                       {"weight", signal.weight},
                       {"counted", signal.counted},
                       {"text", signal.text}});
  }
  return boost::json::serialize(boost::json::object{{"source", tally.source.to_string()},
                                                    {"action", decisions::to_string(tally.action)},
                                                    {"score", tally.score},
                                                    {"first_seen", format_time(tally.first_seen)},
                                                    {"decided_at", time_or_null(tally.decided_at)},
                                                    {"requests", tally.requests},
                                                    {"pages", tally.pages},
                                                    {"subjects_before", tally.reached_before()},
                                                    {"subjects_after", tally.subjects_after()},
                                                    {"reasons", std::move(reasons)}});
}

void print_table(const std::vector<const SourceTally*>& sources, std::FILE* out) {
  if (sources.empty()) {
    fmt::print(out, "Nobody would have been throttled or blocked.\n");
    return;
  }
  std::size_t width = std::string_view("SOURCE").size();
  for (const SourceTally* tally : sources)
    width = std::max(width, tally->source.to_string().size());
  fmt::print(out, "{:<{}}  {:<8} {:>6}  {:<20}  {:<20} {:>9} {:>8} {:>8} {:>8}\n", "SOURCE", width, "ACTION",
             "SCORE", "FIRST SEEN", "DECIDED AT", "REQUESTS", "PAGES", "BEFORE", "AFTER");
  for (const SourceTally* tally : sources) {
    fmt::print(out, "{:<{}}  {:<8} {:>6.1f}  {:<20}  {:<20} {:>9} {:>8} {:>8} {:>8}\n",
               tally->source.to_string(), width, decisions::to_string(tally->action), tally->score,
               format_time(tally->first_seen), tally->decided_at ? format_time(*tally->decided_at) : "-",
               tally->requests, tally->pages, tally->reached_before(), tally->subjects_after());
    for (const detection::Signal& signal : tally->signals) {
      fmt::print(out, "    {:+.1f} {}: {}\n", signal.counted, signal.heuristic, printable(signal.text));
    }
  }
  fmt::print(
      out,
      "BEFORE and AFTER: different people whose data was served before the decision, and only after it.\n");
}

}  // namespace

Result<void> replay(const config::Config& config, const ReplayOptions& options, std::FILE* out,
                    std::FILE* log) {
  Tally tally;
  // The same room as the kernel's tables, and armed whatever the mode: the question is what would have
  // happened.
  decisions::Ledger ledger({2 * std::size_t{config.filter.max_decisions}, config.filter.max_allows},
                          decisions::Mode::enforce);
  ledger.add_sink(tally);
  const auto roles = read_list_roles(config.lists, lists_folder(config.store.path));
  if (!roles) return roles.error();
  auto knowledge = load_knowledge(config.knowledge);
  if (!knowledge) return knowledge.error();
  detection::NoNames names;  // what DNS says today is not what it said then, and replay is offline
  auto made = decisions::Pipeline::create(config.detector, with_lists(*std::move(knowledge), *roles), names,
                                         config.policy, ledger, tally);
  if (!made) return made.error();
  decisions::Pipeline& pipeline = **made;
  const auto networks = trusted_networks(config.proxies, *roles);
  if (!networks) return networks.error();
  std::vector<decisions::Ledger::Protected> spared;
  for (const Prefix& network : config.management)
    spared.push_back({network, "a management network"});
  for (const Prefix& network : *networks)
    spared.push_back({network, "a trusted proxy"});
  if (auto done = ledger.protect(std::move(spared), WallTime()); !done) return done.error();

  WallTime now = WallTime::min();  // logs go backwards in places; time does not
  const auto take = [&](const detection::Request& request) {
    now = std::max(now, request.time);
    if (const auto deadline = ledger.next_deadline(); deadline && *deadline <= now) (void)ledger.expire(now);
    tally.note(request, pipeline.detector().identify(request.client),
               pipeline.detector().routes().match(request.target));
    (void)pipeline.observe(request, now);
  };
  const auto read = read_logs(config, {options.files, options.format, options.pattern}, take, log);
  if (!read) return read.error();

  std::vector<const SourceTally*> sources = tally.sorted();
  if (!options.all)
    std::erase_if(sources, [](const SourceTally* t) { return t->action == decisions::Action::none; });
  if (options.json) {
    for (const SourceTally* source : sources)
      fmt::print(out, "{}\n", to_json(*source));
  } else {
    print_table(sources, out);
  }
  fmt::print(log, "{} lines, {} requests from {} sources in {:.2f} s ({:.0f} lines a second)\n", read->lines,
             read->requests, tally.size(), read->seconds, read->lines_per_second());
  if (tally.refused() > 0)
    fmt::print(log, "{} decisions were refused: the ledger was full\n", tally.refused());
  return {};
}

}  // namespace sluice::app
