// SPDX-License-Identifier: Apache-2.0
// Waits on the loop for sockets that a C library opens and closes, and has somebody else wait for (c-ares,
// libcurl). The descriptors stay the library's: whoever lets go of one does not close it.
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

  // What is to be waited for at a socket from now on; neither: the library is about to close it. One that
  // cannot be waited for is never told of, and the library's own timeout ends what it was for.
  void watch(int fd, bool read, bool write);
  void clear();

 private:
  class State;
  std::shared_ptr<State> state_;  // what waits on the loop holds it weakly
};

}  // namespace sluice
