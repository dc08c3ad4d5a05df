// SPDX-License-Identifier: Apache-2.0
// Joins the segments that the filter copied into TLS ClientHellos. Used by event_source. Reads of a hello
// only how long it is; what it says is for the pipeline. Bounded: so many hellos at a time, so many bytes
// each; the oldest goes first, as far as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/kernel/frame.h"
#include "daemon/detection/observation.h"

namespace sluice::kernel {

class HelloAssembler {
 public:
  static constexpr std::size_t kMaxWaiting = 1024;
  static constexpr std::size_t kMaxBytes = 4096;  // as much as the filter follows

  using Handler = std::function<void(const detection::Hello&)>;

  explicit HelloAssembler(Handler handler) : handler_(std::move(handler)) {}

  // A frame whose TCP payload begins at `payload_at`. False where it is none: a frame that cannot be read, or
  // a segment that begins no hello and goes on none.
  bool take(std::span<const std::uint8_t> frame, std::size_t payload_at, WallTime time);

 private:
  struct Waiting {
    FrameSummary flow;
    std::uint32_t next = 0;  // sequence number of what comes next
    std::size_t wanted = 0;  // bytes to be kept
    std::size_t all = 0;     // bytes of the whole hello
    WallTime time;
    std::vector<std::uint8_t> bytes;
  };

  void deliver(const FrameSummary& flow, WallTime time, std::span<const std::uint8_t> bytes, bool whole);
  bool begin(const FrameSummary& flow, std::span<const std::uint8_t> payload, WallTime time);
  bool go_on(const FrameSummary& flow, std::span<const std::uint8_t> payload);

  Handler handler_;
  std::deque<Waiting> waiting_;  // oldest first
};

}  // namespace sluice::kernel
