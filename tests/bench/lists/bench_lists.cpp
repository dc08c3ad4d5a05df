// SPDX-License-Identifier: Apache-2.0
// What a list costs from its text to its image: seconds to parse, to sort and resolve, to lay out, and bytes
// an entry. Each figure is the median of several runs, in processor time of the thread, which a busy machine
// changes little.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/lists/formats/netset.h"
#include "daemon/lists/image/compile.h"

namespace {

using namespace sluice;
using namespace sluice::lists;

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Networks in random order. IPv4: half single addresses, the rest of 24 to 32 bits. IPv6: half /64, a quarter
// each of /48 and of single addresses, in 60,000 different /32s, about as many as are announced.
std::string make_list(Family family, std::size_t count) {
  std::mt19937_64 random(count);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = random();
    if (family == Family::ipv4) {
      fmt::format_to(std::back_inserter(text), "{}.{}.{}.{}", bits >> 24U & 255U, bits >> 16U & 255U,
                     bits >> 8U & 255U, bits & 255U);
      if (i % 2 == 0) fmt::format_to(std::back_inserter(text), "/{}", 24 + bits % 9);
    } else {
      const std::uint64_t net = bits % 60'000 * 40'503;  // spread over 2000::/4
      fmt::format_to(std::back_inserter(text), "2{:03x}:{:x}:{:x}:{:x}::{:x}", net >> 16U & 0xfffU,
                     net & 0xffffU, bits >> 20U & 0xffffU, i % 4 == 1 ? 0 : bits >> 36U & 0xffffU,
                     i % 4 == 0 ? bits >> 52U & 0xfffU : 0);
      if (i % 4 != 0) fmt::format_to(std::back_inserter(text), "/{}", i % 4 == 1 ? 48 : 64);
    }
    text += '\n';
  }
  return text;
}

struct Run {
  double parse = 0;
  double resolve = 0;
  double build = 0;
  std::size_t kept = 0;
  std::size_t lines = 0;
};

Run run(const std::string& text, std::vector<sluice_list_line>& room) {
  Run run;
  const Rule rule{1, SLUICE_DROP, 0, 0};
  Entries entries;
  const double start = thread_seconds();
  if (!parse_netset(text, 1, entries)) std::abort();
  const double parsed = thread_seconds();
  const Compilation compilation(std::move(entries), std::span(&rule, 1));
  const double resolved = thread_seconds();
  if (room.size() < compilation.lines() * 11 / 10) room.resize(compilation.lines() * 11 / 10 + 100);
  const double ready = thread_seconds();
  const auto built = compilation.build(1, room);
  if (!built) std::abort();
  run.build = thread_seconds() - ready;
  run.parse = parsed - start;
  run.resolve = resolved - parsed;
  run.kept = compilation.entries().size();
  run.lines = *built;
  return run;
}

double median(std::vector<Run> runs, double Run::*part) {
  std::ranges::sort(runs, {}, part);
  return runs[runs.size() / 2].*part;
}

}  // namespace

int main() {
  constexpr int kRuns = 3;
  fmt::print("{:>6} {:>9} {:>9} {:>8} {:>9} {:>8} {:>8} {:>9} {:>8}\n", "family", "lines", "kept", "parse s",
             "resolve s", "build s", "all s", "image MiB", "B/entry");
  std::vector<sluice_list_line> room;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    for (const std::size_t count : {std::size_t{10'000}, std::size_t{1'000'000}, std::size_t{5'000'000}}) {
      const std::string text = make_list(family, count);
      std::vector<Run> runs;
      for (int i = 0; i < kRuns; ++i)
        runs.push_back(run(text, room));
      const double parse = median(runs, &Run::parse);
      const double resolve = median(runs, &Run::resolve);
      const double build = median(runs, &Run::build);
      const auto bytes = static_cast<double>(runs[0].lines * sizeof(sluice_list_line));
      fmt::print("{:>6} {:>9} {:>9} {:>8.3f} {:>9.3f} {:>8.3f} {:>8.3f} {:>9.2f} {:>8.1f}\n",
                 family == Family::ipv4 ? "IPv4" : "IPv6", count, runs[0].kept, parse, resolve, build,
                 parse + resolve + build, bytes / (1U << 20U), bytes / static_cast<double>(runs[0].kept));
    }
  }
  return 0;
}
