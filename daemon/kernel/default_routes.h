// SPDX-License-Identifier: Apache-2.0
// The routes by which this host reaches everybody else, of both families, as the kernel has them now. Asked
// without privileges. Used by host_addresses, and by app/ to tell which interfaces visitors come in by.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"

namespace sluice::kernel {

struct DefaultRoutes {
  std::vector<Address> gateways;        // as often as routes name them
  std::vector<std::string> interfaces;  // each once, in the order of the kernel's answer
};

[[nodiscard]] Result<DefaultRoutes> default_routes();

}  // namespace sluice::kernel
