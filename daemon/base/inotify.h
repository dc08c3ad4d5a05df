// SPDX-License-Identifier: Apache-2.0
// The kernel's inotify on the loop: watches of files and folders, and the wake-up when something happened
// there. Used by the tails of logs and by the watch of the lists' files; what an event means is theirs to
// say.
//
// Each user has an instance of his own, of which the kernel gives a user 128 by default. Users know watches
// and events and never the descriptor, so that several of them can come to share one instance behind this
// class.
#pragma once

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/inotify.h>

#include "daemon/base/error.h"

namespace sluice {

class Inotify {
 public:
  // Fails where no instance is left; the error says which setting to raise.
  [[nodiscard]] static Result<Inotify> create(const boost::asio::any_io_executor& executor);

  // Watches what stands at the path for the events of the mask (IN_*). The same file has the same watch, and
  // the newer mask. The error is of the path; its code is errno's, and where the limit is reached it says
  // which setting to raise.
  [[nodiscard]] Result<int> add(const std::string& path, std::uint32_t mask);
  void remove(int watch);

  // Calls `ready` once, on the loop, when there are events to read. It may still be called after close() if
  // it was on its way by then, so it must hold its owner weakly.
  void wait(std::function<void()> ready);

  // Reads the events that there are, without waiting, and calls visit(event, name) for each; `name` lives
  // until it returns.
  template <class Visit>
  void read(Visit&& visit) {
    for (;;) {
      const std::size_t size = read_some();
      if (size == 0) return;
      for (std::size_t at = 0; at < size;) {
        inotify_event event{};
        std::memcpy(&event, buffer_.data() + at, sizeof(event));
        // The name is padded with zeros.
        const std::string_view name =
            event.len > 0 ? std::string_view(buffer_.data() + at + sizeof(event)) : "";
        visit(event, name);
        at += sizeof(event) + event.len;
      }
    }
  }
  // For users who look at what they watch anew, whatever happened.
  void drop_events();

  void close();
  [[nodiscard]] boost::asio::any_io_executor executor() { return descriptor_.get_executor(); }

 private:
  explicit Inotify(boost::asio::posix::stream_descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  // How many bytes of events are in the buffer now; 0: there are none.
  std::size_t read_some();

  boost::asio::posix::stream_descriptor descriptor_;
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer_;
};

}  // namespace sluice
