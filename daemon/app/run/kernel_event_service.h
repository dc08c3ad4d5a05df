// SPDX-License-Identifier: Apache-2.0
// What the filter reports, handed on: activity and TLS hellos to the pipeline, copies of dropped frames to
// whoever subscribes. Owned by Daemon. A record that cannot be read is counted and ends nothing.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/operators/broadcast.h"
#include "daemon/base/error.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/kernel/events/event_source.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class KernelEventService {
 public:
  using Frames = Broadcast<kernel::DroppedFrame>;

  // The pipeline must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<KernelEventService>> create(
      const boost::asio::any_io_executor& executor, const kernel::FilterMaps& maps,
      decisions::Pipeline& pipeline);

  // A frame's bytes live until the listener returns.
  [[nodiscard]] Frames::Subscription subscribe_to_frames(Frames::Listener listener) {
    return frames_->subscribe(std::move(listener));
  }

  // Nothing is handed on after this.
  void stop() { source_.reset(); }

  [[nodiscard]] kernel::EventSource::Counts counts() const {
    return source_ ? source_->counts() : kernel::EventSource::Counts{};
  }

 private:
  KernelEventService(std::unique_ptr<Frames> frames, kernel::EventSource source)
      : frames_(std::move(frames)), source_(std::move(source)) {}

  std::unique_ptr<Frames> frames_;
  std::optional<kernel::EventSource> source_;  // none after stop()
};

}  // namespace sluice::app
