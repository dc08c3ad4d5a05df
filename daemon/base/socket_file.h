// SPDX-License-Identifier: Apache-2.0
// Owner and rights of the file of a Unix socket. Used by whoever listens on one: control/, gate/ and intake/.
// The folder may belong to another user, who can exchange the file between two calls; so it is looked at
// once, and changed by its descriptor. Makes no socket.
#pragma once

#include <string>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"

namespace sluice {

// The file of a socket that this process has just bound to the path, to change its owner and rights; its name
// for calls that take one is path_of(). Fails where somebody has put something else there.
[[nodiscard]] Result<UniqueFd> open_bound_socket(const std::string& path);
[[nodiscard]] std::string path_of(const UniqueFd& file);

// Gives it these rights, whatever the umask.
[[nodiscard]] Result<void> set_rights_of_socket(const std::string& path, mode_t mode);

}  // namespace sluice
