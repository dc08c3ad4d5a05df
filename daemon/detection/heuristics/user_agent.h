// SPDX-License-Identifier: Apache-2.0
// What a client calls itself: nothing at all, a library, an automated browser, an AI crawler, a scanner, a
// browser that cannot exist, or another browser with every page. Silent where the log has no user agents, and
// on crawlers, feed readers and probes that say what they are.
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
  // Programs name themselves by default (14 recorded clients in tests/unit/detection/clients/tls/hellos). So
  // do harmless ones, such as the operator's own scripts.
  double weight = 2.0;
  // For clients that say that they are automated browsers, AI crawlers or scanners.
  double max_weight = 3.0;
  // If only a list of the operator says so: 16 of 555 real browsers match one of the published patterns.
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
