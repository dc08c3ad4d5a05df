// SPDX-License-Identifier: Apache-2.0
// What the detector costs: lines a second through parser and pipeline with everything on, memory of a source
// at a million of them, and each heuristic by evaluation. One table, with ratios to what parsing a line costs
// in the same run; processor time, which a busy machine changes less.
//
//   build/tests/bench/detection/bench_detector [Google Benchmark's options]
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "daemon/decisions/pipeline.h"
#include "daemon/detection/site/discovery/uncovered.h"
#include "daemon/intake/request_reader.h"
#include "tests/bench/detection/memory.h"
#include "tests/bench/detection/traffic.h"

namespace sluice::bench {
namespace {

using namespace decisions;
using namespace detection;

constexpr std::size_t kLines = 200'000;
constexpr std::size_t kSources = 1'000'000;

const Traffic& traffic() {
  static const Traffic made = make_traffic(kLines);
  return made;
}

intake::RequestReader reader() {
  auto made = intake::RequestReader::create({}, nullptr);
  if (!made) std::abort();
  return *std::move(made);
}

struct Nobody : PipelineObserver {
  void on_finding(const Finding&, Action) override {}
  void on_refusal(const Decision&, const Error&) override {}
  void on_block(const BlockHistory&) override {}
};

// Ledger, pipeline and whatever else they need, as `sluiced replay` makes them.
struct Whole {
  Ledger ledger{LedgerLimits(), Mode::enforce};
  Nobody nobody;
  NoNames names;
  std::unique_ptr<Pipeline> pipeline;

  explicit Whole(const DetectorOptions& options = {}, const PolicyOptions& policy = {}) {
    auto made = Pipeline::create(options, std::make_shared<Knowledge>(), names, policy, ledger, nobody);
    if (!made) std::abort();
    pipeline = *std::move(made);
  }
  void observe(const Request& request) {
    if (const auto deadline = ledger.next_deadline(); deadline && *deadline <= request.time)
      (void)ledger.expire(request.time);
    (void)pipeline->observe(request, request.time);
  }
};

// ---- lines ----

void parse(benchmark::State& state) {
  auto read = reader();
  for (auto _ : state) {
    for (const std::string_view line : traffic().lines)
      benchmark::DoNotOptimize(read.read(line));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kLines));
}

template <class Take>
void through(benchmark::State& state, const DetectorOptions& options, const Take& take) {
  auto read = reader();
  for (auto _ : state) {
    state.PauseTiming();
    auto whole = std::make_unique<Whole>(options);
    state.ResumeTiming();
    for (const std::string_view line : traffic().lines) {
      if (const auto request = read.read(line)) take(*whole, *request);
    }
    state.PauseTiming();
    whole.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kLines));
}

void route(benchmark::State& state) {
  MatchBuffer buffer;
  through(state, {}, [&](Whole& whole, const Request& request) {
    benchmark::DoNotOptimize(whole.pipeline->detector().routes().match(request, buffer));
  });
}

void observe_all(benchmark::State& state) {
  through(state, {}, [](Whole& whole, const Request& request) { whole.observe(request); });
}

// ---- evaluations ----

// A detector that has seen the traffic, and nothing decided upon in it: no evidence was forgotten.
const Detector& accustomed() {
  static const std::unique_ptr<Whole> whole = [] {
    PolicyOptions never;
    never.throttle_score = never.block_score = 1e9;
    auto made = std::make_unique<Whole>(DetectorOptions(), never);
    auto read = reader();
    for (const std::string_view line : traffic().lines) {
      if (const auto request = read.read(line)) made->observe(*request);
    }
    return made;
  }();
  return whole->pipeline->detector();
}

struct Shown {
  Prefix source;
  WallTime now;
};

Shown shown(std::string_view who) {
  const Shown one{*Prefix::parse(who), {}};
  const SourceRecord* record = accustomed().find(one.source);
  if (record == nullptr || !record->profile) std::abort();
  return {one.source, record->last_seen};
}

void evaluate(benchmark::State& state, std::string_view who) {
  const Shown one = shown(who);
  for (auto _ : state)
    benchmark::DoNotOptimize(accustomed().evaluate(one.source, one.now));
}

// Calls ask(view, options) of a source as the detector would show it.
template <class Ask>
void show(benchmark::State& state, std::string_view who, const Ask& ask) {
  const Detector& detector = accustomed();
  const Shown one = shown(who);
  const SourceRecord& record = *detector.find(one.source);
  const ProfileView profile = record.profile.view();
  const HeuristicOptions options;
  SourceView view{.source = one.source,
                  .record = record,
                  .profile = *profile,
                  .routes = detector.routes().routes(),
                  .site = detector.clients().site(),
                  .groups = detector.groups(),
                  .now = log_second(one.now),
                  .agent = detector.agents().find(profile->agent),
                  .accounts = detector.accounts().view(*profile)};
  judge_order(view, options.of<Enumeration>());
  for (auto _ : state)
    ask(view, options);
}

// The cost of enumeration: its judge() gives what judge_order() found.
void order(benchmark::State& state, std::string_view who) {
  show(state, who, [](SourceView& view, const HeuristicOptions& options) {
    judge_order(view, options.of<Enumeration>());
    benchmark::DoNotOptimize(view.order);
  });
}

template <class H>
void heuristic(benchmark::State& state, std::string_view who) {
  show(state, who, [](const SourceView& view, const HeuristicOptions& options) {
    benchmark::DoNotOptimize(H::judge(view, options.of<H>()));
  });
}

// What a status costs, as it names the shapes of URL that no route covers.
void name_uncovered(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(uncovered_shapes(accustomed().discovery().propose()));
}

// Each heuristic of the list that judges sources.
void enlist_heuristics() {
  Heuristics::for_each([]<class H>(std::type_identity<H>) {
    if constexpr (requires(const SourceView& view) { H::judge(view, typename H::Options()); }) {
      for (const auto& [kind, who] : {std::pair("person", kReader), std::pair("scraper", kScraper)}) {
        benchmark::RegisterBenchmark(("evaluation: " + std::string(H::kName) + ", a " + kind).c_str(),
                                     [who = who](benchmark::State& state) { heuristic<H>(state, who); });
      }
    }
  });
}

void enlist_all() {
  benchmark::RegisterBenchmark("line: parse", parse)->Repetitions(5);
  benchmark::RegisterBenchmark("line: parse and match a route", route)->Repetitions(5);
  benchmark::RegisterBenchmark("line: parse and everything", observe_all)->Repetitions(5);
  for (const auto& [kind, who] : {std::pair("person", kReader), std::pair("scraper", kScraper)}) {
    benchmark::RegisterBenchmark((std::string("evaluation: all, a ") + kind).c_str(),
                                 [who = who](benchmark::State& state) { evaluate(state, who); });
  }
  for (const auto& [kind, who] : {std::pair("person", kReader), std::pair("scraper", kScraper)}) {
    benchmark::RegisterBenchmark((std::string("evaluation: order, a ") + kind).c_str(),
                                 [who = who](benchmark::State& state) { order(state, who); });
  }
  benchmark::RegisterBenchmark("status: what no route covers", name_uncovered);
  enlist_heuristics();
}

// ---- the table ----

class Table final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    fmt::print("{:<40} {:>12} {:>14} {:>10}\n", "WHAT", "NANOSECONDS", "A SECOND", "OF PARSING");
    return true;
  }
  // The median of the repetitions; what Google Benchmark makes of them comes in a call of its own.
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<double> times;
    for (const Run& run : runs) {
      if (run.error_occurred) std::abort();
      if (run.run_type != Run::RT_Iteration) return;
      const std::size_t items = run.benchmark_name().starts_with("line") ? kLines : 1;
      times.push_back(1e9 * run.cpu_accumulated_time / static_cast<double>(run.iterations) /
                      static_cast<double>(items));
    }
    std::ranges::sort(times);
    const double each = times[times.size() / 2];
    if (parsing_ == 0) parsing_ = each;
    fmt::print("{:<40} {:>12.1f} {:>14.0f} {:>10.2f}\n", runs.front().run_name.function_name, each,
               1e9 / each, each / parsing_);
  }

 private:
  double parsing_ = 0;
};

void print_memory() {
  fmt::print("\n{:<40} {:>12} {:>14}\n", "MEMORY OF A SOURCE, OF A MILLION", "BYTES", "MB IN ALL");
  for (const Sources& sources : {Sources{"an asset", 0, 1}, Sources{"one page", 1, 0},
                                 Sources{"a page and eight assets", 1, 8}, Sources{"ten pages", 10, 0}}) {
    const double each = bytes_a_source(sources, kSources);
    fmt::print("{:<40} {:>12.0f} {:>14.0f}\n", sources.name, each, each * kSources / 1e6);
  }
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  fmt::print("{} lines, {:.0f} % of them pages, of {} sources\n\n", traffic().lines.size(),
             100.0 * static_cast<double>(traffic().pages) / static_cast<double>(kLines), traffic().sources);
  enlist_all();
  Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  print_memory();
  return 0;
}
