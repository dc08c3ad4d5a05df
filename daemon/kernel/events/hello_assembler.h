// SPDX-License-Identifier: Apache-2.0
// Puts TLS ClientHellos together from the segments that the filter copied. Used by event_source. It reads
// only how long a hello is; the detection reads what it says. Bounded: a number of hellos at a time, a number
// of bytes each. If there are too many the oldest is delivered as far as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/kernel/events/frame.h"
#include "daemon/detection/observation.h"

namespace sluice::kernel {

class HelloAssembler {
 public:
  static constexpr std::size_t kMaxWaiting = 1024;
  static constexpr std::size_t kMaxBytes = 4096;  // as much as the filter follows

  using Handler = std::function<void(const detection::Hello&)>;

  explicit HelloAssembler(Handler handler) : handler_(std::move(handler)) {}

  // Takes a frame whose TCP payload begins at `payload_at`. False if the frame cannot be read, or its segment
  // neither begins nor continues a hello.
  bool take(std::span<const std::uint8_t> frame, std::size_t payload_at, WallTime time);

 private:
  struct Waiting {
    FrameSummary flow;
    std::uint32_t next = 0;  // sequence number of the next segment
    std::size_t wanted = 0;  // bytes that are kept
    std::size_t all = 0;     // bytes of the whole hello
    WallTime time;
    std::vector<std::uint8_t> bytes;
  };

  void deliver(const FrameSummary& flow, WallTime time, std::span<const std::uint8_t> bytes, bool whole);
  bool begin_hello(const FrameSummary& flow, std::span<const std::uint8_t> payload, WallTime time);
  bool continue_hello(const FrameSummary& flow, std::span<const std::uint8_t> payload);

  Handler handler_;
  std::deque<Waiting> waiting_;  // oldest first
};

}  // namespace sluice::kernel
