// SPDX-License-Identifier: Apache-2.0
// What a client calls itself: nothing at all, a library, a driven browser, a collector, a scanner, a browser
// that cannot exist, or another one with every page. Speaks only where the log tells user agents. Crawlers,
// feed readers and probes say what they are, and nothing is held against that here.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct UserAgentOptions {
  bool enabled = true;
  // Programs as they come name themselves (14 recorded clients in tests/unit/pipeline/tls/hellos); so do a
  // script of the operator's own and the tools of people who may read.
  double weight = 2.0;
  // Who says that it drives a browser, collects or scans.
  double max_weight = 3.0;
  // Where an operator's list alone says so: 16 of 555 real browsers match one of the published patterns.
  double list_weight = 1.0;
};

[[nodiscard]] std::optional<Signal> user_agent(const SourceView& view, const UserAgentOptions& options);

}  // namespace sluice::detection
