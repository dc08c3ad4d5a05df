// SPDX-License-Identifier: Apache-2.0
// The address that the operator is connected from, so that the daemon refuses to block it.
#pragma once

#include "daemon/base/address.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// From SSH_CONNECTION or SSH_CLIENT of this process or, as sudo takes them away, of the nearest of its
// ancestors whose environment may be read. Empty where there is none.
[[nodiscard]] control::OrEmpty<Address> connected_from();

}  // namespace sluice::ctl
