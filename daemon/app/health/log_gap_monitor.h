// SPDX-License-Identifier: Apache-2.0
// Finds a gap in the logs: visitors' packets are judged and pass, and no log gets a line. The web server
// writes somewhere else then, or no longer, and nothing else shows it. Owned by Daemon; Housekeeping feeds
// it, status and doctor show what it finds. Reads nothing itself.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/base/time.h"

namespace sluice::app {

class LogGapMonitor {
 public:
  // Packets that reached the web server unhindered (SLUICE_PASS_DEFAULT) and lines read, both since the
  // start.
  void look(std::uint64_t packets, std::uint64_t lines, KernelTime now) {
    if (ever_ && lines == lines_ && packets >= packets_at_line_) {
      packets_ = packets;
      now_ = now;
      return;
    }
    ever_ = true;
    lines_ = lines;
    packets_at_line_ = packets_ = packets;
    since_ = now_ = now;
  }

  struct Since {
    Seconds seconds{};
    std::uint64_t packets = 0;
  };
  // A visit of one page is some twenty packets: fifty visits' worth, over five minutes, without one line.
  [[nodiscard]] std::optional<Since> suspicious() const {
    constexpr std::uint64_t kPackets = 1000;
    constexpr Seconds kLong(300);
    const auto silent =
        std::chrono::duration_cast<Seconds>(Nanoseconds(static_cast<std::int64_t>(now_.ns - since_.ns)));
    const std::uint64_t packets = packets_ - packets_at_line_;
    if (!ever_ || silent < kLong || packets < kPackets) return std::nullopt;
    return Since{silent, packets};
  }

 private:
  bool ever_ = false;
  std::uint64_t lines_ = 0;
  std::uint64_t packets_at_line_ = 0;
  std::uint64_t packets_ = 0;
  KernelTime since_;
  KernelTime now_;
};

}  // namespace sluice::app
