// SPDX-License-Identifier: Apache-2.0
// The socket that operators connect to, from its name in the file system to listen(2). Used by server.cpp.
// Accepts nobody.
#pragma once

#include <string>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/control/peer.h"

namespace sluice::control {

// The name of a socket that was bound.
struct Endpoint {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;

  // Removes the name, unless another daemon has replaced it: then it is no longer ours.
  void remove() const;
};

struct Listening {
  UniqueFd fd;
  Endpoint endpoint;
};

// Nobody can connect before listen(2), so the mode and the groups are in place first. Replaces a socket that
// nobody answers on; fails in words where another process does, or where something else has the name.
[[nodiscard]] Result<Listening> listen_on(const std::string& path, const Access& access);

}  // namespace sluice::control
