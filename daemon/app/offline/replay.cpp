// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/replay.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/app/lists/knowledge.h"
#include "daemon/app/lists/trusted_proxies.h"
#include "daemon/app/offline/log_reading.h"
#include "daemon/app/offline/replay_results.h"
#include "daemon/app/run/ledger.h"
#include "daemon/app/run/protected_networks.h"
#include "daemon/base/printable.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/detection/site/discovery/uncovered.h"

namespace sluice::app {
namespace {

boost::json::value time_or_null(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return boost::json::string(format_time(*time));
}

std::string to_json(const SourceResult& source) {
  boost::json::array reasons;
  for (const detection::Signal& signal : source.signals) {
    reasons.push_back({{"heuristic", signal.heuristic},
                       {"cause", detection::to_text(signal.cause)},
                       {"weight", signal.weight},
                       {"counted", signal.counted},
                       {"text", signal.text}});
  }
  return boost::json::serialize(boost::json::object{{"source", source.source.to_string()},
                                                    {"action", decisions::to_string(source.action)},
                                                    {"score", source.score},
                                                    {"first_seen", format_time(source.first_seen)},
                                                    {"decided_at", time_or_null(source.decided_at)},
                                                    {"requests", source.requests},
                                                    {"pages", source.pages},
                                                    {"subjects_before", source.reached_before()},
                                                    {"subjects_after", source.subjects_after()},
                                                    {"reasons", std::move(reasons)}});
}

void print_table(const std::vector<const SourceResult*>& sources, std::FILE* out) {
  if (sources.empty()) {
    fmt::print(out, "Nobody would have been throttled or blocked.\n");
    return;
  }
  std::size_t width = std::string_view("SOURCE").size();
  for (const SourceResult* source : sources)
    width = std::max(width, source->source.to_string().size());
  fmt::print(out, "{:<{}}  {:<8} {:>6}  {:<20}  {:<20} {:>9} {:>8} {:>8} {:>8}\n", "SOURCE", width, "ACTION",
             "SCORE", "FIRST SEEN", "DECIDED AT", "REQUESTS", "PAGES", "BEFORE", "AFTER");
  for (const SourceResult* source : sources) {
    fmt::print(out, "{:<{}}  {:<8} {:>6.1f}  {:<20}  {:<20} {:>9} {:>8} {:>8} {:>8}\n",
               source->source.to_string(), width, decisions::to_string(source->action), source->score,
               format_time(source->first_seen), source->decided_at ? format_time(*source->decided_at) : "-",
               source->requests, source->pages, source->reached_before(), source->subjects_after());
    for (const detection::Signal& signal : source->signals) {
      fmt::print(out, "    {:+.1f} {}: {}\n", signal.counted, signal.heuristic, printable(signal.text));
    }
  }
  fmt::print(
      out,
      "BEFORE and AFTER: different people whose data was served before the decision, and only after it.\n");
}

void print(const ReplayResults& results, const ReplayOptions& options, std::FILE* out) {
  std::vector<const SourceResult*> sources = results.sorted();
  if (!options.all)
    std::erase_if(sources,
                  [](const SourceResult* source) { return source->action == decisions::Action::none; });
  if (!options.json) {
    print_table(sources, out);
    return;
  }
  for (const SourceResult* source : sources)
    fmt::print(out, "{}\n", to_json(*source));
}

void print_coverage(const detection::Detector& detector, std::FILE* log) {
  const detection::RouteCoverage& coverage = detector.coverage();
  fmt::print(log, "{} pages of routes, {} of none{}\n", coverage.covered(), coverage.uncovered(),
             coverage.nothing_matches()
                 ? ": no route fits this site; `sluiced routes` finds where its people are"
                 : "");
  for (const auto& shape : detection::uncovered_shapes(detector.discovery().propose())) {
    fmt::print(log, "  no route: {}, {} requests", printable(shape.text), shape.requests);
    if (shape.values > 0) fmt::print(log, ", about {:.0f} different values", shape.values);
    fmt::print(log, ", {}{}{}\n", shape.is_people ? "looks like people" : "does not look like people",
               shape.reason.empty() ? "" : ": ", printable(shape.reason));
  }
}

}  // namespace

Result<void> replay(const config::Config& config, const ReplayOptions& options, std::FILE* out,
                    std::FILE* log) {
  ReplayResults results;
  // Armed whatever the mode: the question is what would have happened.
  decisions::Ledger ledger = make_ledger(config, decisions::Mode::enforce);
  ledger.add_sink(results);
  const auto roles = read_list_roles(config.lists, lists_folder(config.store.path));
  if (!roles) return roles.error();
  auto knowledge = load_knowledge(config.knowledge);
  if (!knowledge) return knowledge.error();
  detection::NoNames names;  // what DNS says today is not what it said then, and replay is offline
  auto made = decisions::Pipeline::create(config.detector, with_lists(knowledge->knowledge, *roles), names,
                                          config.policy, ledger, results);
  if (!made) return made.error();
  decisions::Pipeline& pipeline = **made;
  const auto proxies = trusted_networks(config.proxies, *roles);
  if (!proxies) return proxies.error();
  if (auto done = ledger.protect(configured_protection(config, *proxies), WallTime()); !done)
    fmt::print(log, "{}\n", done.error().message());

  WallTime now = WallTime::min();  // logs go backwards in places; time does not
  const auto take = [&](const detection::Request& request) {
    now = std::max(now, request.time);
    if (const auto deadline = ledger.next_deadline(); deadline && *deadline <= now) (void)ledger.expire(now);
    const Prefix source = pipeline.detector().identify(request.client);
    results.begin(request, source);
    results.end(source, pipeline.observe(request, now));
  };
  const auto read = read_logs(config, {options.files, options.format, options.pattern}, take, log);
  if (!read) return read.error();

  print(results, options, out);
  fmt::print(log, "{} lines, {} requests from {} sources in {:.2f} s ({:.0f} lines a second)\n", read->lines,
             read->requests, results.size(), read->seconds, read->lines_per_second());
  print_coverage(pipeline.detector(), log);
  if (results.refused() > 0)
    fmt::print(log, "{} decisions were refused: the ledger was full\n", results.refused());
  return {};
}

}  // namespace sluice::app
