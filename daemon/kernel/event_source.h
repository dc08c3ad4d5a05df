// SPDX-License-Identifier: Apache-2.0
// What the filter reports through its ring buffers, as observations of the domain. The ring buffer wakes the
// event loop through a descriptor: no thread, no polling. Counts what it cannot read; judges nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/verdict_table.h"
#include "daemon/detection/observation.h"

namespace sluice::kernel {

// The copy of a frame that was not passed.
struct DroppedFrame {
  WallTime time;
  sluice_reason reason = SLUICE_DROP_DECISION;
  unsigned interface = 0;               // index
  std::size_t frame_bytes = 0;          // as it came
  std::span<const std::uint8_t> bytes;  // its beginning; lives until the call returns
  bool whole = false;                   // copied for a capture; otherwise a sample of its headers
};

class EventSource {
 public:
  struct Handlers {
    std::function<void(const detection::Activity&)> activity;
    std::function<void(const detection::Hello&)> hello;
    std::function<void(const DroppedFrame&)> dropped;
  };

  // The handlers, of which none may be empty, are called from the executor, which runs on one thread, from
  // now until this goes. They must not throw, and must not destroy this.
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
    std::uint64_t malformed = 0;  // records whose size or source cannot be
  };
  [[nodiscard]] const Counts& counts() const;

 private:
  class Reader;
  explicit EventSource(std::shared_ptr<Reader> reader);

  // Shared only with the wait that is under way, which finds it gone when this is.
  std::shared_ptr<Reader> reader_;
};

}  // namespace sluice::kernel
