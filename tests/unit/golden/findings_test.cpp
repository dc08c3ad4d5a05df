// SPDX-License-Identifier: Apache-2.0
// What the detector finds where no replay of a log can show it: the heuristics that need the kernel's reports
// (connections, tls_claim) or an earlier block (returning). The findings, with all their numbers, are
// compared with tests/golden/findings/expected.jsonl.
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/clients/tls/hello_builder.h"
#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

std::string line_of(const Finding& finding) {
  std::string line = fmt::format(R"({{"source":"{}","score":{:.10g},"signals":[)", finding.source.to_string(),
                                 finding.score);
  for (const Signal& signal : finding.signals) {
    line += fmt::format(R"({}{{"heuristic":"{}","weight":{:.10g},"counted":{:.10g},"text":"{}","numbers":{{)",
                        &signal == finding.signals.data() ? "" : ",", signal.heuristic, signal.weight,
                        signal.counted, signal.text);
    for (const Number& number : signal.numbers)
      line += fmt::format(R"({}"{}":{:.10g})", &number == signal.numbers.data() ? "" : ",", number.name,
                          number.value);
    line += "}}";
  }
  return line + "]}\n";
}

// A client that says it is Chrome asks for 60 people, one a second. Says what is found of it.
std::string found_of(Detector& detector, std::string_view address, std::string_view recorded,
                     std::uint64_t attempts, int assets, unsigned earlier_blocks) {
  Visitor visitor(detector, address);
  visitor.user_agent = kChrome;
  const auto bytes = recorded_hello(recorded);
  Hello hello;
  hello.time = visitor.time();
  hello.client = *Address::parse(address);
  hello.bytes = bytes;
  hello.whole = true;
  detector.observe(hello);
  for (int i = 0; i < 60; ++i) {
    visitor.browse(fmt::format("/people/{}", i * 7919 % 100'003), assets);
    detector.observe(Activity{visitor.time(), source(address), 20, 9000, attempts});
    visitor.wait(1);
  }
  return line_of(
      detector.evaluate(source(address), visitor.time(), {source(address), earlier_blocks, at(-86'400)}));
}

TEST(FindingsGolden, WhatNoReplayShowsStays) {
  Detector detector = test::detector();
  for (int i = 1; i <= 10; ++i) {
    Visitor person(detector, fmt::format("198.51.100.{}", i));
    person.user_agent = kChrome;
    for (int j = 0; j < 40; ++j) {
      person.browse(fmt::format("/news/{}", j), 5);
      person.wait(10);
    }
  }
  std::string found;
  found += found_of(detector, "203.0.113.1", "curl", 1, 0, 2);               // all three speak
  found += found_of(detector, "203.0.113.2", "requests", 0, 5, 0);           // behind a proxy that opens TLS
  found += found_of(detector, "203.0.113.3", "chromium-headless", 0, 5, 3);  // the browser itself

  std::ifstream file(SLUICE_GOLDEN "/findings/expected.jsonl");
  ASSERT_TRUE(file);
  EXPECT_EQ(found, std::string(std::istreambuf_iterator<char>(file), {})) << found;
}

}  // namespace
}  // namespace sluice::detection::test
