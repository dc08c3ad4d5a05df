// SPDX-License-Identifier: Apache-2.0
// What it costs to bring a target to its normal form and to find its route, with 1, 20 and 250 routes. The
// ratio to the first line of the same run is what counts.
//
//   build/tests/bench/detection/bench_site [Google Benchmark's options]
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "daemon/detection/site/routes.h"

namespace sluice::bench {
namespace {

using namespace detection;

constexpr std::array<std::string_view, 4> kPlain = {"/people/12345", "/people/anna-schmidt?tab=photos",
                                                    "/search?q=anna&page=2",
                                                    "/news/2026/11/30/a-long-title-of-a-page"};
constexpr std::array<std::string_view, 4> kSpelled = {"/%70eople/12345", "//people/./anna-schmidt?tab=photos",
                                                      "/x/../people/J%C3%B6rg", "/people/17;jsessionid=8A3F"};

void normal_form(benchmark::State& state, const std::array<std::string_view, 4>& targets) {
  std::string buffer;
  std::size_t at = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(normalise(targets[at++ % targets.size()], {}, buffer));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(normal_form, plain, kPlain);
BENCHMARK_CAPTURE(normal_form, spelled, kSpelled);

RouteTable table_of(int routes) {
  RouteTableOptions options;
  options.every_page = RouteTableOptions::EveryPage::never;
  for (int i = 1; i < routes; ++i) {
    const std::string n = std::to_string(i);
    const std::array<std::string, 4> patterns = {"/area" + n + "/{subject}", "/x-" + n + "-{subject}.html",
                                                 "/**/deep" + n + "/{subject}",
                                                 "/m" + n + ".php?u={subject}"};
    options.routes.push_back({"r" + n, patterns[static_cast<std::size_t>(i) % patterns.size()]});
  }
  auto made = RouteTable::create(options);
  if (!made) std::abort();
  return *std::move(made);
}

void find_route(benchmark::State& state) {
  const RouteTable table = table_of(static_cast<int>(state.range(0)));
  MatchBuffer buffer;
  Request request;
  request.method = "GET";
  request.host = "www.example.org";
  std::size_t at = 0;
  for (auto _ : state) {
    request.target = kPlain[at++ % kPlain.size()];
    benchmark::DoNotOptimize(table.match(request, buffer));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_route)->Arg(1)->Arg(20)->Arg(250);

}  // namespace
}  // namespace sluice::bench

BENCHMARK_MAIN();
