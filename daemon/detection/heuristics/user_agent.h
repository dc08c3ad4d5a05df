// SPDX-License-Identifier: Apache-2.0
// What a client calls itself: nothing at all, a library, a driven browser, a collector, a scanner, a browser
// that cannot exist, or another one with every page. Speaks only where the log tells user agents. Crawlers,
// feed readers and probes say what they are, and nothing is held against that here.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct UserAgentOptions {
  bool enabled = true;
  // Programs as they come name themselves (14 recorded clients in tests/unit/detection/clients/tls/hellos);
  // so do a script of the operator's own and the tools of people who may read.
  double weight = 2.0;
  // Who says that it drives a browser, collects or scans.
  double max_weight = 3.0;
  // Where an operator's list alone says so: 16 of 555 real browsers match one of the published patterns.
  double list_weight = 1.0;
};

struct UserAgent {
  static constexpr std::string_view kName = "user_agent";
  static constexpr Cause kCause = Cause::client;
  using Options = UserAgentOptions;
  static constexpr auto kOptions = std::tuple(option("list_weight", &Options::list_weight, 0.0, kMostWeight));
  static constexpr auto kAscending = std::array{Ascending{"list_weight", "weight"}};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
