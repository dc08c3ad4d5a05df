// SPDX-License-Identifier: Apache-2.0
// The interfaces part of host.h. Asks the kernel, without privileges.
#pragma once

#include <vector>

#include "ctl/setup/host.h"

namespace sluice::ctl {

// Those that are up, but loopback, in the kernel's order; none where it does not say.
[[nodiscard]] std::vector<HostInterface> look_at_interfaces();

}  // namespace sluice::ctl
