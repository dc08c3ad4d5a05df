// SPDX-License-Identifier: Apache-2.0
// Pages a minute. Assets do not count: a person's page pulls a hundred of them. Nor does what a browser
// prefetches on a guess, or asks again whether its copy is still good.
#pragma once

#include <optional>

#include "daemon/pipeline/evidence.h"
#include "daemon/pipeline/finding.h"

namespace sluice::pipeline {

struct PageRateOptions {
  bool enabled = true;
  // Two labelled logs: people stay at or under 10 page requests a minute, attackers reach 20 to 262. Three
  // times the fastest person leaves room for tabs opened in one go.
  double pages_per_minute = 30;
  double weight = 2.0;
  double max_weight = 3.0;  // alone below any throttle: an office behind one address is fast together
};

[[nodiscard]] std::optional<Signal> page_rate(const Evidence& evidence, const PageRateOptions& options);

}  // namespace sluice::pipeline
