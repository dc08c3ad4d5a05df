// SPDX-License-Identifier: Apache-2.0
// Which interfaces filter.interfaces stands for at this moment. Used by whoever attaches, and by whoever
// looks whether the filter stands where it should. Attaches nothing.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/kernel/attach/filter_options.h"

namespace sluice::app {

// The names as they are written; in the place of "auto" the interfaces of the default routes, and those that
// are filtered already: a route that is lost for a moment takes no protection with it. Each once; none where
// "auto" stands for none yet.
[[nodiscard]] Result<std::vector<std::string>> wanted_interfaces(const kernel::FilterOptions& options);

}  // namespace sluice::app
