// SPDX-License-Identifier: Apache-2.0
// Lines a second that one core turns into requests, by format, and that the tail hands over. Each figure is
// the median of several runs over lines in memory (the tail: over a file in the page cache), in processor
// time of the thread, which a busy machine changes little.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "daemon/intake/format.h"
#include "daemon/intake/reader.h"
#include "daemon/intake/tail.h"

namespace {

using namespace sluice;
using namespace sluice::intake;

constexpr std::uint64_t kLines = 500'000;
constexpr int kRuns = 7;

// Many visitors, ten lines a second: what a busy log looks like.
std::string make_log(Format format) {
  constexpr std::string_view kAgent =
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
      "Safari/537.36";
  std::string text;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    const std::uint64_t second = i / 10 % 60;
    const std::uint64_t minute = i / 600 % 60;
    const std::uint64_t hour = i / 36000 % 24;
    const std::string client = i % 4 == 0 ? fmt::format("2001:db8:{:x}::{:x}", i % 5000, i % 77)
                                          : fmt::format("198.51.{}.{}", i % 251, i % 241);
    if (format == Format::json) {
      text += fmt::format(
          R"({{"time":"2026-11-24T{:02}:{:02}:{:02}+00:00","remote_addr":"{}","remote_user":"-","method":"GET",)"
          R"("uri":"/people/{}?tab=photos","protocol":"HTTP/1.1","status":200,"body_bytes_sent":{},)"
          R"("http_referer":"https://example.org/people","http_user_agent":"{}"}})",
          hour, minute, second, client, i, 1000 + i % 9000, kAgent);
    } else {
      text += fmt::format(
          R"({} - - [24/Nov/2026:{:02}:{:02}:{:02} +0000] "GET /people/{}?tab=photos HTTP/1.1" 200 {})",
          client, hour, minute, second, i, 1000 + i % 9000);
      if (format == Format::combined) text += fmt::format(R"( "https://example.org/people" "{}")", kAgent);
    }
    text += '\n';
  }
  return text;
}

double processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Run>
void measure(std::string_view name, std::size_t bytes, Run&& run) {
  std::vector<double> rates;
  for (int i = 0; i < kRuns; ++i) {
    const double before = processor_ns();
    if (run() != kLines) std::abort();
    rates.push_back(static_cast<double>(kLines) * 1e9 / (processor_ns() - before));
  }
  std::ranges::sort(rates);
  const double median = rates[kRuns / 2];
  fmt::print("{:<10} {:>10.0f} lines/s ({:.0f} to {:.0f}), {:.0f} ns a line, {:.0f} MB/s\n", name, median,
             rates.front(), rates.back(), 1e9 / median,
             median * static_cast<double>(bytes) / static_cast<double>(kLines) / 1e6);
}

std::uint64_t parse_all(LineParser& parser, std::string_view text) {
  std::uint64_t requests = 0;
  LineSplitter lines;
  lines.feed(text, [&](std::string_view line) { requests += parser.parse(line) ? 1U : 0U; });
  return requests;
}

}  // namespace

int main() {
  for (const Format format : {Format::combined, Format::common, Format::json}) {
    const std::string text = make_log(format);
    const auto parser = make_parser(format, {});
    measure(to_string(format), text.size(), [&] { return parse_all(*parser, text); });
  }
  const std::string text = make_log(Format::combined);
  std::string path = "/tmp/sluice-bench-intake-XXXXXX";
  const UniqueFd file(mkstemp(path.data()));
  std::ofstream(path) << text;
  measure("tail", text.size(), [&] {
    boost::asio::io_context loop(1);
    std::uint64_t lines = 0;
    auto tail = FileTail::start(loop.get_executor(), {path, Start::beginning, {}},
                                [&](std::string_view) { ++lines; });
    if (!tail) std::abort();
    loop.poll();
    return lines;
  });
  return std::remove(path.c_str()) == 0 ? 0 : 1;
}
