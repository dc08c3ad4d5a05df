// SPDX-License-Identifier: Apache-2.0
// `sluiced learn`: the detector over whole logs, on their own time, and the scales of its heuristics that
// explain an operator's labels best. Offline and without privileges; what it says and writes holds no
// address.
#pragma once

#include <cstdio>
#include <string>

#include "daemon/app/offline/log_reading.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

struct LearnOptions {
  std::string labels;  // learn::parse_labels has its form
  LogFiles logs;
  std::string output{};  // where the scales are written, as a file to include; empty: nowhere
  bool force = false;    // write over a file that is there
  bool json = false;     // one object instead of tables
};

// Writes the result to `out`, and to `log` a summary of what was read and every fault of the labels. Fails
// when fewer than kLeastLines lines of the labels of either kind occur in the logs.
inline constexpr std::size_t kLeastLines = 10;
[[nodiscard]] Result<void> learn(const config::Config& config, const LearnOptions& options, std::FILE* out,
                                 std::FILE* log);

}  // namespace sluice::app
