// SPDX-License-Identifier: Apache-2.0
// Waits on the loop for sockets that a C library opens and closes while somebody else waits for them (c-ares,
// libcurl). The descriptors stay the library's: this class never closes one.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace sluice {

class ForeignSockets {
 public:
  // A socket can be read (else: written). May call watch() and clear(), and may end whoever owns this.
  using Act = std::function<void(int fd, bool can_read)>;

  ForeignSockets(boost::asio::any_io_executor executor, Act act);
  ForeignSockets(const ForeignSockets&) = delete;
  ForeignSockets& operator=(const ForeignSockets&) = delete;
  ~ForeignSockets();  // lets go of all

  // Says what to wait for at a socket from now on; neither: the library is about to close it. A socket that
  // cannot be waited for is never reported; the library's own timeout ends what it was for.
  void watch(int fd, bool read, bool write);
  void clear();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // what waits on the loop holds it weakly
};

}  // namespace sluice
