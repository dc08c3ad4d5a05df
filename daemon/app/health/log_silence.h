// SPDX-License-Identifier: Apache-2.0
// Finds that one log has fallen silent while visitors still come: its packets are counted for the whole host,
// so a log is measured against its own past. Beside LogGapMonitor, which sees when all logs are silent: one
// live log does not hide a dead one. Owned by the log's entry in LogSet; Housekeeping feeds it. Reads
// nothing itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "daemon/base/time.h"

namespace sluice::app {

class LogSilence {
 public:
  // A log of fewer lines has no past to be measured against.
  static constexpr std::uint64_t kEnoughLines = 100;
  static constexpr std::uint64_t kPackets = 1000;
  static constexpr std::uint64_t kTimesLongest = 10;
  static constexpr Seconds kLong{300};

  // Packets that reached the web server unhindered, of all visitors, and lines of this log, both since the
  // start.
  void look(std::uint64_t packets, std::uint64_t lines, KernelTime now) {
    now_ = now;
    if (ever_ && lines == lines_ && packets >= packets_at_line_) {
      packets_ = packets;
      return;
    }
    // The first look has no line before it.
    if (ever_ && packets >= packets_at_line_) longest_ = std::max(longest_, packets - packets_at_line_);
    ever_ = true;
    lines_ = lines;
    packets_at_line_ = packets_ = packets;
    since_ = now;
  }

  struct Since {
    Seconds seconds{};
    std::uint64_t packets = 0;
  };
  // Ten times as many packets without a line as ever before.
  [[nodiscard]] std::optional<Since> suspicious() const {
    const auto silent =
        std::chrono::duration_cast<Seconds>(Nanoseconds(static_cast<std::int64_t>(now_.ns - since_.ns)));
    const std::uint64_t packets = packets_ - packets_at_line_;
    if (lines_ < kEnoughLines || silent < kLong || packets < std::max(kPackets, kTimesLongest * longest_))
      return std::nullopt;
    return Since{silent, packets};
  }

 private:
  bool ever_ = false;
  std::uint64_t lines_ = 0;
  std::uint64_t packets_at_line_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t longest_ = 0;  // packets between two lines
  KernelTime since_;
  KernelTime now_;
};

}  // namespace sluice::app
