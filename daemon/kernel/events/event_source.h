// SPDX-License-Identifier: Apache-2.0
// Reads what the filter reports through its ring buffers, and hands it on: activities and hellos as
// observations, and copies of dropped frames. The ring buffers wake the event loop through a descriptor: no
// thread, no polling. Counts what it cannot read. Judges nothing. Used by app/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/kernel/maps/clocks.h"
#include "daemon/kernel/maps/filter_maps.h"
#include "daemon/detection/observation.h"

namespace sluice::kernel {

// A copy of a frame that the filter dropped.
struct DroppedFrame {
  WallTime time;
  sluice_reason reason = SLUICE_DROP_DECISION;
  unsigned interface = 0;               // index
  std::size_t frame_bytes = 0;          // length of the frame
  std::span<const std::uint8_t> bytes;  // its beginning; lives until the call returns
  bool whole = false;                   // true: a capture; false: a sample of its headers
};

class EventSource {
 public:
  struct Handlers {
    std::function<void(const detection::Activity&)> activity;
    std::function<void(const detection::Hello&)> hello;
    std::function<void(const DroppedFrame&)> dropped;
  };

  // The handlers are called from the executor, until this goes. The executor runs on one thread. No handler
  // may be empty. None may throw or destroy this.
  [[nodiscard]] static Result<EventSource> create(const boost::asio::any_io_executor& executor,
                                                  const FilterMaps& maps, Clocks clocks, Handlers handlers);
  EventSource(EventSource&&) noexcept;
  EventSource& operator=(EventSource&&) noexcept;
  ~EventSource();

  struct Counts {
    std::uint64_t activities = 0;
    std::uint64_t hellos = 0;     // delivered
    std::uint64_t dropped = 0;    // copies of dropped frames
    std::uint64_t unknown = 0;    // record types of a later version
    std::uint64_t malformed = 0;  // records whose size or source makes no sense
  };
  [[nodiscard]] const Counts& counts() const;

 private:
  class Reader;
  explicit EventSource(std::shared_ptr<Reader> reader);

  // The wait that is under way holds a weak pointer: when this goes, it finds the reader gone.
  std::shared_ptr<Reader> reader_;
};

}  // namespace sluice::kernel
