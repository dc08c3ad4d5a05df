// SPDX-License-Identifier: Apache-2.0
// The IP address in a socket address of the C library.
#pragma once

#include <optional>

#include <sys/socket.h>

#include "daemon/base/address.h"

namespace sluice::kernel {

// `socket_address` may be null. Nothing if it is of another family.
[[nodiscard]] std::optional<Address> to_address(const sockaddr* socket_address);

}  // namespace sluice::kernel
