// SPDX-License-Identifier: Apache-2.0
// capture: frames that the filter drops, as a pcapng file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ctl/context.h"

namespace sluice::ctl {

struct CaptureArguments {
  std::string file = "-";       // "-": standard output
  std::uint64_t frames = 1000;  // at most; 0: no end
  std::string duration;         // "30s"; empty: no end
};

// Until so many frames or that time, Ctrl-C or SIGTERM (kOk), or until the daemon goes or the file cannot be
// written (kFailed). Refuses to write to a terminal (kUsage).
[[nodiscard]] int capture(const Context& context, const CaptureArguments& arguments);

}  // namespace sluice::ctl
