// SPDX-License-Identifier: Apache-2.0
// The default routes of this host, of both families, as the kernel has them now. Needs no privileges. Used by
// host_addresses, and by app/ to find the interfaces by which visitors come in.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"

namespace sluice::kernel {

struct DefaultRoutes {
  std::vector<Address> gateways;        // one for each route that names one
  std::vector<std::string> interfaces;  // each once, in the order of the kernel's answer
};

[[nodiscard]] Result<DefaultRoutes> default_routes();

}  // namespace sluice::kernel
